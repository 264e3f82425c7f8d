"""A topic or a partition that takes nothing holds up its own events only, and these keep their order."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from aiokafka.errors import (
    BrokerResponseError,
    KafkaStorageError,
    LeaderNotAvailableError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
    NotLeaderForPartitionError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnknownError,
    UnknownTopicOrPartitionError,
)
from aiokafka.producer.sender import SendProduceReqHandler

from integration.outbox.events import an_event, by_key, is_empty, put, waiting
from leadstream.kafka.partitions import partition_of
from leadstream.outbox import publisher as publisher_module
from leadstream.outbox import relay as relay_module
from leadstream.outbox import term as term_module
from leadstream.outbox.publisher import Publisher
from leadstream.postgres import Database
from support.intake import relaying
from support.kafka import KafkaAdmin
from support.ledger import until

SICK = 1


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "ACK_SECONDS", 3.0)
    monkeypatch.setattr(publisher_module, "TOPIC_SECONDS", 30.0)
    monkeypatch.setattr(relay_module, "REST_SECONDS", 1.0)


class Sickness:
    """Makes one partition answer with an error, or not at all, whatever it is sent, as long as it lasts."""

    SILENCE = -100

    def __init__(self) -> None:
        self.code: int | None = None
        self.topic = ""

    def answer(self, response: Any) -> None:
        if self.code is None:
            return
        response.topics = [
            (topic, [each for p in partitions if (each := self._ill(topic, *p))])
            for topic, partitions in response.topics
        ]

    def _ill(self, topic: str, partition: int, code: int, *more: Any) -> tuple[Any, ...]:
        if topic != self.topic or partition != SICK:
            return (partition, code, *more)
        return () if self.code == self.SILENCE else (partition, self.code, *more)


@pytest.fixture
def sickness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sickness]:
    sickness = Sickness()
    handle: Callable[..., None] = SendProduceReqHandler.handle_response

    def handle_response(handler: Any, response: Any) -> None:
        sickness.answer(response)
        handle(handler, response)

    monkeypatch.setattr(SendProduceReqHandler, "handle_response", handle_response)
    yield sickness
    sickness.code = None


@pytest.mark.parametrize(
    "error",
    [
        NotEnoughReplicasError,
        NotEnoughReplicasAfterAppendError,
        NotLeaderForPartitionError,
        LeaderNotAvailableError,
        RequestTimedOutError,
        KafkaStorageError,
        UnknownTopicOrPartitionError,
        TopicAuthorizationFailedError,
        UnknownError,
        None,
    ],
)
async def test_a_partition_that_takes_nothing_holds_up_nothing_else(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    topic: str,
    sickness: Sickness,
    error: type[BrokerResponseError] | None,
) -> None:
    other = await kafka_admin.create_topic()
    sickness.topic, sickness.code = topic, error.errno if error else Sickness.SILENCE
    keys = [b"key-%d" % n for n in range(12)]
    ill = [key for key in keys if partition_of(key, 3) == SICK]
    is_of_topic = error is TopicAuthorizationFailedError

    async with relaying(database, kafka):
        for n in range(5):
            await put(database, *(an_event(topic, b"%d" % n, key=key) for key in keys))
            await put(database, an_event(other, b"%d" % n))
        await until(lambda: _is_out(kafka_admin, other, 5))
        if not is_of_topic:
            await until(lambda: _waits(database, 5 * len(ill)))
        # What comes later waits behind it; the others go on.
        await put(database, *(an_event(topic, b"5", key=key) for key in ill))
        await put(database, an_event(other, b"5"))
        await until(lambda: _is_out(kafka_admin, other, 6))
        assert await waiting(database) >= 6 * len(ill)
        assert not await _open_transactions(database)
        sickness.code = None
        await until(lambda: is_empty(database))

    found = by_key(await kafka_admin.records(topic))
    for key in keys:
        first_seen = list(dict.fromkeys(found[key]))
        assert first_seen == [b"%d" % n for n in range(6 if key in ill else 5)]


async def test_what_waits_in_a_lane_outlives_its_relay(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str, sickness: Sickness
) -> None:
    sickness.topic, sickness.code = topic, NotEnoughReplicasError.errno
    key = next(key for key in (b"%d" % n for n in range(99)) if partition_of(key, 3) == SICK)

    async with relaying(database, kafka):
        await put(database, *(an_event(topic, b"%d" % n, key=key) for n in range(10)))
        await until(lambda: _in_lanes(database, 10))
    await put(database, *(an_event(topic, b"%d" % n, key=key) for n in range(10, 20)))
    sickness.code = None
    async with relaying(database, kafka):
        await until(lambda: is_empty(database))

    values = [int(record.value) for record in await kafka_admin.records(topic)]
    first_seen = list(dict.fromkeys(values))
    assert first_seen == list(range(20))
    assert all(a < b for a, b in pairwise(first_seen))


async def test_a_lane_that_is_tried_again_and_again_leaves_nothing_behind(
    database: Database,
    kafka: str,
    topic: str,
    sickness: Sickness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publisher_module, "ACK_SECONDS", 0.5)
    monkeypatch.setattr(relay_module, "REST_SECONDS", 0.1)
    tries: list[int] = []
    publish = Publisher.publish

    async def counting(publisher: Publisher, parcels: Any) -> Any:
        tries.append(len(asyncio.all_tasks()))
        return await publish(publisher, parcels)

    monkeypatch.setattr(Publisher, "publish", counting)
    sickness.topic, sickness.code = topic, Sickness.SILENCE

    async with relaying(database, kafka):
        await put(database, *(an_event(topic, key=b"%d" % n) for n in range(20)))
        await until(lambda: _true(len(tries) > 12))
        sickness.code = None
        await until(lambda: is_empty(database))

    # Each producer has a handful of tasks: they do not add up.
    assert max(tries) <= tries[3] + 15


async def test_lanes_are_counted_by_topic(
    database: Database, kafka: str, topic: str, sickness: Sickness
) -> None:
    counts: list[dict[str, int]] = []
    sickness.topic, sickness.code = topic, NotEnoughReplicasError.errno

    async with relaying(database, kafka) as relay:
        relay._on_lanes = lambda found: counts.append(dict(found))
        await put(database, *(an_event(topic, key=b"%d" % n) for n in range(20)))
        await until(lambda: _true(counts and counts[-1] == {topic: 1}))
        sickness.code = None
        await until(lambda: is_empty(database))
        await until(lambda: _true(counts[-1] == {}))


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([1_000] * 20, [20]),
        ([1_000_000] * 9, [4, 4, 1]),
        ([2_000_000] * 3, [2, 1]),
        ([10, 2_100_000, 10, 2_000_000, 100_000], [4, 1]),
    ],
)
async def test_a_batch_is_bounded_by_bytes(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    monkeypatch: pytest.MonkeyPatch,
    sizes: list[int],
    batches: list[int],
) -> None:
    wide = await kafka_admin.create_topic(config={"max.message.bytes": "3000000"})
    taken: list[int] = []
    publish = Publisher.publish

    async def counting(publisher: Publisher, parcels: Any) -> Any:
        taken.append(len(parcels))
        assert sum(len(row["payload"]) for row, _ in parcels) <= term_module.BATCH_BYTES
        return await publish(publisher, parcels)

    monkeypatch.setattr(Publisher, "publish", counting)
    await put(database, *(an_event(wide, b"x" * size) for size in sizes))

    async with relaying(database, kafka):
        await until(lambda: is_empty(database))

    assert taken == batches
    assert len(await kafka_admin.records(wide)) == len(sizes)


async def test_headers_and_keys_count_as_bytes_too(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = await kafka_admin.create_topic(config={"max.message.bytes": "3000000"})
    taken: list[int] = []
    publish = Publisher.publish

    async def counting(publisher: Publisher, parcels: Any) -> Any:
        taken.append(len(parcels))
        return await publish(publisher, parcels)

    monkeypatch.setattr(Publisher, "publish", counting)
    await put(database, *(an_event(wide, b"", headers=(("x", b"h" * 900_000),)) for _ in range(6)))
    await put(database, *(an_event(wide, b"", key=b"k" * 1_500_000) for _ in range(4)))

    async with relaying(database, kafka):
        await until(lambda: is_empty(database))

    assert max(taken) <= 3
    assert len(await kafka_admin.records(wide)) == 10


async def _is_out(admin: KafkaAdmin, topic: str, count: int) -> bool:
    return len(await admin.records(topic)) >= count


async def _waits(database: Database, count: int) -> bool:
    return await waiting(database) == count


async def _in_lanes(database: Database, count: int) -> bool:
    held: int = await database.pool.fetchval("SELECT count(*) FROM outbox WHERE lane IS NOT NULL")
    return held == count


async def _open_transactions(database: Database) -> int:
    """Of this database, and open for longer than a statement takes."""
    count: int = await database.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state = 'idle in transaction' AND now() - xact_start > interval '2 s'"
    )
    return count


async def _true(value: object) -> bool:
    await asyncio.sleep(0)
    return bool(value)

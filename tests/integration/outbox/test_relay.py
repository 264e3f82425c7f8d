"""The relay with a real Kafka and a real Postgres."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from integration.outbox.events import (
    an_event,
    by_key,
    ids,
    is_empty,
    put,
    relay_that_dies,
    waiting,
)
from leadstream.contracts.envelope import headers_of
from leadstream.outbox import add_events, write_events
from leadstream.outbox import relay as relay_module
from leadstream.postgres import Database
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.postgres import PostgresServer
from support.intake import relaying
from support.kafka import KafkaAdmin
from support.ledger import migrated, until


async def test_an_event_goes_out_as_a_cloud_event(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    event = an_event(topic, b'{"name": "\xc3\xa9"}', key=b"\x00key", traceparent=traceparent)
    plain = an_event(topic)

    async with relaying(database, kafka):
        await put(database, event)
        await until(lambda: is_empty(database))
        await put(database, plain)
        await until(lambda: is_empty(database))

    found = await kafka_admin.records(topic)
    records = dict(zip(ids(found), found, strict=True))
    record = records[event.id]
    headers = dict(record.headers)
    time = datetime.fromisoformat(headers["ce_time"].decode())
    assert (record.key, record.value) == (event.key, event.payload)
    assert tuple(record.headers) == headers_of(
        event_id=event.id,
        event_type="lead.discovered.v1",
        source="/leadstream/test",
        time=time,
        subject="a",
        traceparent=traceparent,
    )
    assert headers["ce_time"].endswith(b"Z")
    assert abs((datetime.now(UTC) - time).total_seconds()) < 60
    assert "traceparent" not in dict(records[plain.id].headers)


async def test_headers_of_dead_letters_go_out_as_they_came(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    headers = (
        ("ce_id", b"somebody's own"),
        ("binary", bytes(range(256))),
        ("twice", b"1"),
        ("twice", b"2"),
        ("empty", b""),
        ("null", None),
        ("größe", b"x"),
        ("dlq_reason", b"malformed_json"),
    )

    async with relaying(database, kafka):
        await put(database, an_event(topic, b"\xff\x00{", key=b"\xfe", headers=headers))
        await put(database, an_event(topic, key=b"none", headers=()))
        await until(lambda: is_empty(database))

    records = {record.key: record for record in await kafka_admin.records(topic)}
    assert records[b"\xfe"].headers == headers
    assert records[b"\xfe"].value == b"\xff\x00{"
    assert records[b"none"].headers == ()


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ((None, b"x"), (None, b"x")),
        ((b"k", None), (b"k", None)),
        ((b"", b""), (b"", b"")),
        ((None, None), (b"", None)),
    ],
)
async def test_records_without_a_key_or_a_value(
    database: Database,
    kafka_admin: KafkaAdmin,
    topic: str,
    sent: tuple[bytes | None, bytes | None],
    received: tuple[bytes | None, bytes | None],
) -> None:
    key, value = sent

    async with relaying(database, kafka_admin.bootstrap_servers):
        await put(database, an_event(topic, value, key=key))
        await until(lambda: is_empty(database))

    [record] = await kafka_admin.records(topic)
    assert (record.key, record.value) == received


async def test_i15_eight_writers_each_event_once_and_in_the_order_of_its_key(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    """Transactions of 0 to 50 ms commit in another order than they took their numbers."""
    chance = random.Random(15)  # noqa: S311 - a test that can be repeated

    async def writer(number: int) -> None:
        key, n = f"key-{number}".encode(), 0
        while n < 625:
            async with database.transaction() as tx:
                for _ in range(chance.randint(1, 10)):
                    await add_events(tx, [an_event(topic, b"%d" % n, key=key)])
                    n += 1
                await asyncio.sleep(chance.choice([0, 0, chance.uniform(0, 0.05)]))

    async with relaying(database, kafka):
        await asyncio.gather(*(writer(number) for number in range(8)))
        await until(lambda: is_empty(database))

    records = await kafka_admin.records(topic)
    found = by_key(records)
    assert len(found) == 8
    for values in found.values():
        assert values == [b"%d" % n for n in range(len(values))]
        assert len(values) >= 625
    assert len(set(ids(records))) == len(records) >= 5000


async def test_i2_a_relay_killed_between_the_acknowledgement_and_the_delete_sends_again(
    database: Database, database_url: str, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    events = [an_event(topic, b"%d" % n) for n in range(50)]
    await put(database, *events)

    assert await relay_that_dies(database_url, kafka, "broker_acked") == -9
    assert await waiting(database) == 50
    async with relaying(database, kafka):
        await until(lambda: is_empty(database))

    assert ids(await kafka_admin.records(topic)) == [event.id for event in events] * 2


async def test_i2_a_relay_killed_after_the_delete_has_sent_once(
    database: Database, database_url: str, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    events = [an_event(topic) for _ in range(5)]
    await put(database, *events)

    assert await relay_that_dies(database_url, kafka, "outbox_deleted") == -9

    assert await waiting(database) == 0
    assert ids(await kafka_admin.records(topic)) == [event.id for event in events]


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    database: Database, database_url: str, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    other = await Database.connect(database_url, schema="core")
    sent: dict[str, int] = {"first": 0, "second": 0}

    async with AsyncExitStack() as stack:
        async with relaying(database, kafka) as first:
            await until(lambda: _leads(database))
            second = await stack.enter_async_context(relaying(other, kafka))
            first._on_published = _counting(sent, "first")
            second._on_published = _counting(sent, "second")
            for n in range(20):
                await put(database, an_event(topic, b"%d" % n))
            # It counts once it knows that the delete is durable, which others may see sooner.
            await until(lambda: sent["first"] == 20)
            assert sent == {"first": 20, "second": 0}
        await put(database, an_event(topic, b"20"))
        await until(lambda: sent["second"] == 1)
        assert sent == {"first": 20, "second": 1}
    await other.close()

    assert by_key(await kafka_admin.records(topic))[b"k"] == [b"%d" % n for n in range(21)]


async def test_a_relay_that_does_not_lead_passes_the_wake_on(
    database: Database,
    database_url: str,
    kafka: str,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nobody finds the event by looking.
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 600.0)
    monkeypatch.setattr("leadstream.outbox.publisher.TOPIC_SECONDS", 60.0)
    other = await Database.connect(database_url, schema="core")
    async with relaying(database, kafka):
        await until(lambda: _leads(database))
        async with relaying(other, kafka) as second:
            async with other.transaction() as tx:
                rows = write_events(tx, [an_event(topic)])
            second.hand_over(rows())

            await until(lambda: is_empty(database))
    await other.close()


async def test_i4_nothing_is_lost_while_the_broker_is_away(
    database: Database, own_kafka: KafkaBroker
) -> None:
    admin = KafkaAdmin(own_kafka.bootstrap_servers)
    await admin.start()
    topic = await admin.create_topic(partitions=3)
    events = [an_event(topic, b"%d" % n, key=b"%d" % (n % 7)) for n in range(300)]

    async with relaying(database, own_kafka.bootstrap_servers):
        await put(database, *events[:100])
        await until(lambda: is_empty(database))
        await own_kafka.kill()
        for start in range(100, 200, 10):
            await put(database, *events[start : start + 10])
            await asyncio.sleep(0.3)
        assert await waiting(database) == 100
        await own_kafka.start()
        await put(database, *events[200:])
        await until(lambda: is_empty(database), seconds=40)

    records = await admin.records(topic)
    await admin.close()
    assert set(ids(records)) == {event.id for event in events}
    for values in by_key(records).values():
        first_seen = list(dict.fromkeys(values))
        assert all(int(a) < int(b) for a, b in pairwise(first_seen))


async def test_i5_postgres_restarting_loses_nothing(
    own_postgres: PostgresServer, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    async with migrated(own_postgres.url) as database:
        events = [an_event(topic) for _ in range(100)]
        async with relaying(database, kafka):
            await put(database, *events[:50])
            await until(lambda: is_empty(database))
            await own_postgres.kill()
            await own_postgres.start()
            await put(database, *events[50:])
            await until(lambda: is_empty(database))

    assert set(ids(await kafka_admin.records(topic))) == {event.id for event in events}


async def test_what_was_written_before_the_stop_goes_out(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "DRAIN_SECONDS", 60.0)
    async with relaying(database, kafka):
        await put(database, an_event(topic))
        await until(lambda: is_empty(database))
        await put(database, *(an_event(topic) for _ in range(1200)))

    assert await waiting(database) == 0
    assert len(await kafka_admin.records(topic)) == 1201


async def test_a_relay_stops_in_time_while_the_broker_is_away(
    database: Database, own_kafka: KafkaBroker
) -> None:
    admin = KafkaAdmin(own_kafka.bootstrap_servers)
    await admin.start()
    topic = await admin.create_topic()
    await admin.close()

    async with relaying(database, own_kafka.bootstrap_servers):
        await put(database, an_event(topic))
        await until(lambda: is_empty(database))
        await own_kafka.kill()
        await put(database, an_event(topic))
        await asyncio.sleep(0.5)
        stopping_at = asyncio.get_running_loop().time()

    # Not the twenty seconds that the producer would wait for its answer.
    assert asyncio.get_running_loop().time() - stopping_at < 15
    assert await waiting(database) == 1


def _counting(sent: dict[str, int], name: str) -> Callable[[str, int], None]:
    def count(_topic: str, number: int) -> None:
        sent[name] += number

    return count


async def _leads(database: Database) -> bool:
    """Whether a relay holds the lock."""
    held: bool = await database.pool.fetchval(
        "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return held

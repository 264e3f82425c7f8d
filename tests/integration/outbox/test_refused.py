"""What the broker does not take must not hold up the rest, and must not be lost."""

import asyncio
import logging

import pytest

from integration.outbox.events import an_event, ids, is_empty, put, waiting
from leadstream.kafka.client import MAX_REQUEST_BYTES
from leadstream.outbox import relay as relay_module
from leadstream.postgres import Database
from support.intake import relaying
from support.kafka import KafkaAdmin, topic_name
from support.ledger import until


@pytest.fixture
async def narrow(kafka_admin: KafkaAdmin) -> str:
    """A topic that takes no record of more than 20,000 bytes."""
    return await kafka_admin.create_topic(config={"max.message.bytes": "20000"})


async def test_an_event_too_large_for_its_topic_is_set_aside_and_the_others_go_on(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    narrow: str,
    topic: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    small = [an_event(narrow, b"%d" % n) for n in range(40)]
    large = an_event(narrow, b"x" * 30_000, traceparent="00-a-b-01")
    elsewhere = [an_event(topic, b"%d" % n) for n in range(40)]
    refused: list[str] = []

    async with relaying(database, kafka) as relay:
        relay._on_refused = refused.append
        await put(database, *small[:20], *elsewhere[:20], large, *small[20:], *elsewhere[20:])
        await until(lambda: is_empty(database), seconds=30)
        await put(database, an_event(narrow, b"later"))
        await until(lambda: is_empty(database))

    assert refused == [narrow]
    values = [record.value for record in await kafka_admin.records(narrow)]
    assert list(dict.fromkeys(values)) == [*(b"%d" % n for n in range(40)), b"later"]
    assert set(ids(await kafka_admin.records(topic))) == {event.id for event in elsewhere}
    [row] = await database.pool.fetch("SELECT * FROM outbox_refused")
    assert (row["id"], row["topic"], row["payload"]) == (large.id, narrow, large.payload)
    assert (row["error"], row["traceparent"]) == ("MessageSizeTooLargeError", "00-a-b-01")
    [logged] = [r for r in caplog.records if r.message == "relay.refused"]
    assert logged.levelno == logging.ERROR
    assert vars(logged)["event_id"] == str(large.id)


async def test_an_event_larger_than_any_request_is_not_even_tried(
    database: Database, kafka: str, topic: str
) -> None:
    async with relaying(database, kafka):
        await put(database, an_event(topic, b"x" * (MAX_REQUEST_BYTES + 1)), an_event(topic))
        await until(lambda: is_empty(database))

    errors = await database.pool.fetch("SELECT error FROM outbox_refused")
    assert [row["error"] for row in errors] == [
        f"larger than any request: {MAX_REQUEST_BYTES} bytes"
    ]


async def test_what_was_set_aside_can_be_sent_once_the_topic_takes_it(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    await put(database, an_event(topic, b"x"))
    await database.pool.execute(
        "WITH gone AS (DELETE FROM outbox RETURNING *) INSERT INTO outbox_refused"
        " SELECT *, 'MessageSizeTooLargeError' FROM gone"
    )

    await database.pool.execute(
        "WITH back AS (DELETE FROM outbox_refused RETURNING *)"
        " INSERT INTO outbox (id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent)"
        " SELECT id, aggregatetype, aggregateid, type, topic, key, payload, headers, traceparent FROM back"
    )
    async with relaying(database, kafka):
        await until(lambda: is_empty(database))

    assert [record.value for record in await kafka_admin.records(topic)] == [b"x"]


async def test_a_topic_that_is_missing_holds_up_its_own_events_only(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(relay_module, "REST_SECONDS", 1.0)
    missing = topic_name("missing")
    early = [an_event(missing, b"%d" % n) for n in range(10)]

    async with relaying(database, kafka):
        await put(database, *early, an_event(topic))
        await until(lambda: _waits(database, 10))
        await put(database, *(an_event(topic) for _ in range(100)))
        await until(lambda: _waits(database, 10))
        assert "relay.topic_missing" in caplog.messages
        await kafka_admin.create_topic(missing)
        await until(lambda: is_empty(database))

    assert ids(await kafka_admin.records(missing)) == [event.id for event in early]
    # Not once more at every look at the missing one.
    assert len(await kafka_admin.records(topic)) == 101
    assert await database.pool.fetchval("SELECT count(*) FROM outbox_refused") == 0


async def _waits(database: Database, count: int) -> bool:
    await asyncio.sleep(0)
    return await waiting(database) == count

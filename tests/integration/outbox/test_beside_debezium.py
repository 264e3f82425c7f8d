"""With RELAY=dead-letters events are Debezium's: they stay until they are old. Dead letters still go out."""

from datetime import timedelta

from integration.outbox.events import an_event, put, waiting
from leadstream.postgres import Database
from leadstream.retention import Keeper, Rule
from leadstream.retention.rules import SQL
from support.intake import relaying
from support.kafka import KafkaAdmin
from support.ledger import until

REASON = (("dlq_reason", b"schema_violation"), ("plain", None))


async def test_the_relay_leaves_events_and_publishes_dead_letters(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    await put(database, an_event(topic, b"1"), an_event(topic, b"2", headers=REASON))

    async with relaying(database, kafka, only_dead_letters=True):
        await until(lambda: _is(database, 1))
        await put(database, an_event(topic, b"3"), an_event(topic, b"4", headers=REASON))
        await until(lambda: _is(database, 2))

    sent = [(record.value, tuple(record.headers)) for record in await kafka_admin.records(topic)]
    assert sent == [(b"2", REASON), (b"4", REASON)]
    left = await database.pool.fetch("SELECT payload FROM outbox ORDER BY seq")
    assert [row["payload"] for row in left] == [b"1", b"3"]


async def test_old_events_are_swept_and_young_ones_and_dead_letters_are_not(
    database: Database,
) -> None:
    await put(database, an_event("t", b"old"), an_event("t", b"letter", headers=REASON))
    await database.pool.execute("UPDATE outbox SET created_at = now() - interval '2 days'")
    await put(database, an_event("t", b"young"))

    rule = Rule(table="outbox", keep=timedelta(days=1), statement=SQL.delete_read_events)
    await Keeper(database, [rule]).look()

    left = await database.pool.fetch("SELECT payload FROM outbox ORDER BY seq")
    assert [row["payload"] for row in left] == [b"letter", b"young"]


async def _is(database: Database, count: int) -> bool:
    return await waiting(database) == count

"""What the relay's own process has committed goes out without a look, and never before what a look would show first."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from integration.outbox.events import an_event, by_key, ids, is_empty, waiting
from leadstream.outbox import OutboxEvent, Row, add_events, write_events
from leadstream.outbox import relay as relay_module
from leadstream.outbox import term as term_module
from leadstream.outbox.relay import Relay
from leadstream.outbox.term import Term
from leadstream.postgres import Database
from support.intake import relaying
from support.kafka import KafkaAdmin
from support.ledger import until


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each look has found. Nobody looks but for a reason."""
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 600.0)
    found: list[int] = []
    take = Term._take

    async def counting(term: Term, *arguments: Any) -> Any:
        rows = await take(term, *arguments)
        found.append(len(rows))
        return rows

    monkeypatch.setattr(Term, "_take", counting)
    return found


async def hand_over(database: Database, relay: Relay, *events: OutboxEvent) -> None:
    async with database.transaction() as tx:
        rows = write_events(tx, events)
    relay.hand_over(rows())


async def warm(database: Database, relay: Relay, topic: str) -> None:
    """Bring the relay to where it is sure of all numbers there are."""
    await hand_over(database, relay, an_event(topic, b"first"))
    await until(lambda: is_empty(database))
    for _ in range(4):
        relay.wake()
        await until(lambda: _has_taken_note(relay))


async def _has_taken_note(relay: Relay) -> bool:
    return not relay._wake.is_set()


async def test_what_is_handed_over_goes_out_and_no_look_finds_it(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str, looks: list[int]
) -> None:
    events = [an_event(topic, b"%d" % n) for n in range(10)]

    async with relaying(database, kafka) as relay:
        await warm(database, relay, topic)
        looks.clear()
        for event in events:
            await hand_over(database, relay, event)
        await until(lambda: is_empty(database))

    assert sum(looks) == 0
    found = await kafka_admin.records(topic)
    assert ids(found)[-10:] == [event.id for event in events]


async def test_a_row_of_a_lower_number_that_was_not_handed_over_goes_out_first(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str, looks: list[int]
) -> None:
    """As of another replica, which has committed, and whose word has not come yet."""
    async with relaying(database, kafka) as relay:
        await warm(database, relay, topic)
        async with database.transaction() as tx:
            write_events(tx, [an_event(topic, b"theirs")])
        await hand_over(database, relay, an_event(topic, b"ours"))
        await until(lambda: is_empty(database))

    values = by_key(await kafka_admin.records(topic))[b"k"]
    assert values == [b"first", b"theirs", b"ours"]


async def test_a_row_of_a_transaction_that_goes_on_still_comes_before_those_after_it(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str, looks: list[int]
) -> None:
    async with relaying(database, kafka) as relay:
        await warm(database, relay, topic)
        async with database.transaction() as tx:
            write_events(tx, [an_event(topic, b"slow", key=b"s")])
            await tx.execute("SELECT 1")
            await hand_over(database, relay, an_event(topic, b"quick", key=b"q"))
            await until(lambda: is_empty(database))
            for _ in range(4):
                relay.wake()
                await until(lambda: _has_taken_note(relay))
        # Of the same key as the slow one, and later than its commit.
        await hand_over(database, relay, an_event(topic, b"later", key=b"s"))
        await until(lambda: is_empty(database))

    found = by_key(await kafka_admin.records(topic))
    assert found[b"s"] == [b"slow", b"later"]
    assert found[b"q"] == [b"quick"]


async def test_a_number_that_was_rolled_back_is_waited_for_no_longer_than_its_time(
    database: Database, kafka: str, topic: str, looks: list[int]
) -> None:
    async with relaying(database, kafka) as relay:
        await warm(database, relay, topic)
        with suppress(ZeroDivisionError):
            async with database.transaction() as tx:
                write_events(tx, [an_event(topic)])
                await tx.execute("SELECT 1")
                raise ZeroDivisionError
        await warm(database, relay, topic)
        looks.clear()
        await hand_over(database, relay, an_event(topic))
        await until(lambda: is_empty(database))

    assert sum(looks) == 0


async def test_i15_eight_writers_of_one_process_and_one_of_another_each_once_and_in_order(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, topic: str
) -> None:
    chance = random.Random(15)  # noqa: S311 - a test that can be repeated
    turns = [asyncio.Lock() for _ in range(4)]
    written: dict[int, int] = dict.fromkeys(range(4), 0)

    async def writer(relay: Relay, *, is_ours: bool) -> None:
        for _ in range(60):
            key = chance.randrange(4)
            # As if it were the row of a lead: the next of its key begins once the one before is committed.
            async with turns[key], database.transaction() as tx:
                rows: list[Callable[[], list[Row]]] = []
                for _ in range(chance.randint(1, 5)):
                    event = an_event(topic, b"%d" % written[key], key=b"key-%d" % key)
                    if is_ours:
                        rows.append(write_events(tx, [event]))
                    else:
                        await add_events(tx, [event])
                    written[key] += 1
                await asyncio.sleep(chance.choice([0, 0, chance.uniform(0, 0.02)]))
            if is_ours:
                relay.hand_over([row for added in rows for row in added()])

    async with relaying(database, kafka) as relay:
        await asyncio.gather(*(writer(relay, is_ours=n > 0) for n in range(9)))
        await until(lambda: is_empty(database))

    found = by_key(await kafka_admin.records(topic))
    assert {key: len(values) for key, values in found.items()} == {
        b"key-%d" % key: count for key, count in written.items()
    }
    for values in found.values():
        assert values == [b"%d" % n for n in range(len(values))]


async def test_what_is_acknowledged_is_deleted_before_the_relay_ends(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(term_module, "DELETE_SECONDS", 600.0)
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 600.0)
    published: list[str] = []

    async with relaying(database, kafka) as relay:
        relay._on_published = lambda name, count: published.extend([name] * count)
        await hand_over(database, relay, an_event(topic))
        await until(lambda: _has(kafka_admin, topic, 1))
        left, counted = await waiting(database), list(published)

    assert (left, counted) == (1, [])
    assert await waiting(database) == 0
    assert published == [topic]
    assert len(await kafka_admin.records(topic)) == 1


async def test_a_relay_that_loses_its_lock_sends_again_what_it_had_not_deleted_in_its_order(
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    topic: str,
    looks: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with relaying(database, kafka) as relay:
        await warm(database, relay, topic)
        with monkeypatch.context() as patched:
            patched.setattr(term_module, "DELETE_SECONDS", 600.0)
            for n in range(5):
                await hand_over(database, relay, an_event(topic, b"%d" % n))
            await until(lambda: _has(kafka_admin, topic, 6))
            await database.pool.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        for n in range(5, 10):
            await hand_over(database, relay, an_event(topic, b"%d" % n))
        await until(lambda: is_empty(database))

    values = by_key(await kafka_admin.records(topic))[b"k"]
    assert list(dict.fromkeys(values)) == [b"first", *(b"%d" % n for n in range(10))]
    assert {values.count(b"%d" % n) for n in range(5)} == {2}


async def test_rows_have_their_numbers_in_the_order_of_their_events(database: Database) -> None:
    events: Sequence[OutboxEvent] = [
        an_event("t", b"1", headers=(("plain", None), ("bytes", b"\xff"))),
        an_event("t", None, key=None, traceparent=f"00-{'a' * 32}-{'b' * 16}-01"),
    ]

    async with database.transaction() as tx:
        handed = write_events(tx, events)

    stored = await database.pool.fetch(
        "SELECT seq, created_at, id, aggregateid, type, topic, key, payload, headers, traceparent"
        " FROM outbox ORDER BY seq"
    )
    assert handed() == [dict(row) for row in stored]


async def _has(admin: KafkaAdmin, topic: str, count: int) -> bool:
    return len(await admin.records(topic)) == count

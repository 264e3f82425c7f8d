"""What is written together is one statement, and a transaction is there only where one is needed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest

from leadstream.postgres import Database, Tx
from support.ledger import migrated, until

MAKE = "CREATE TABLE notes (place bigserial, name text UNIQUE)"
INSERT = "INSERT INTO notes (name) SELECT unnest($1::text[])"
NAMED = "INSERT INTO notes (name) SELECT unnest($1::text[]) RETURNING place, name"
COUNT = "SELECT count(*) FROM notes"


@pytest.fixture
async def notes(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        await database.pool.execute(MAKE)
        yield database


async def names(database: Database) -> list[str]:
    rows = await database.pool.fetch("SELECT name FROM notes ORDER BY place")
    return [row["name"] for row in rows]


async def test_what_is_written_is_written_in_its_order(notes: Database) -> None:
    async with notes.transaction() as tx:
        for name in "abc":
            tx.later(INSERT, [name])
        tx.later(NAMED, ["d", "e"], returns=("place", "name"))
        tx.later(INSERT, ["f"])

    assert await names(notes) == list("abcdef")


async def test_all_that_a_part_writes_is_written_before_the_next(notes: Database) -> None:
    """Locks are taken part by part: what a part does not read of itself does not wait for the others."""
    unread = "WITH unread AS (INSERT INTO notes (name) VALUES ($1)), "
    half = "half AS (INSERT INTO notes (name) VALUES ($1) RETURNING name) "
    async with notes.transaction() as tx:
        tx.later(
            f"{unread} one AS (SELECT $2::text AS name) INSERT INTO notes (name) TABLE one",
            "a",
            "b",
        )
        read = tx.later(
            f"WITH {half} SELECT $2::text AS name WHERE $2 = 'c'", "d", "c", returns=("name",)
        )
        tx.later(INSERT, ["e"])

    assert read.rows == [{"name": "c"}]
    assert await names(notes) == ["b", "a", "d", "e"]


async def test_what_was_written_is_answered_after_the_end(notes: Database) -> None:
    async with notes.transaction() as tx:
        tx.later(INSERT, ["a"])
        written = tx.later(NAMED, ["b", "c"], returns=("name", "place"))
        none = tx.later(NAMED, [], returns=("name",))
        with pytest.raises(RuntimeError, match="no answer before"):
            _ = written.rows

    assert written.rows == [{"name": "b", "place": 2}, {"name": "c", "place": 3}]
    assert none.rows == []


async def test_a_statement_that_cannot_wait_sees_what_was_written_before(notes: Database) -> None:
    async with notes.transaction() as tx:
        tx.later(INSERT, ["a"])
        assert await tx.fetchval(COUNT) == 1
        tx.later(INSERT, ["b"])
        assert await notes.pool.fetchval(COUNT) == 0

    assert await names(notes) == ["a", "b"]


async def _raise_first(tx: Tx) -> None:
    tx.later(INSERT, ["a"])
    raise ZeroDivisionError


async def _raise_within(tx: Tx) -> None:
    await tx.execute(INSERT, ["a"])
    tx.later(INSERT, ["b"])
    raise ZeroDivisionError


async def _raise_after_flush(tx: Tx) -> None:
    tx.later(INSERT, ["a"])
    await tx.flush()
    raise ZeroDivisionError


async def _raise_last(tx: Tx) -> None:
    tx.later(INSERT, ["a"])
    tx.later("SELECT 1 / $1::integer", 0)


async def _raise_twice(tx: Tx) -> None:
    await tx.execute(INSERT, ["a"])
    tx.later(INSERT, ["a"])


@pytest.mark.parametrize(
    "work", [_raise_first, _raise_within, _raise_after_flush, _raise_last, _raise_twice]
)
async def test_of_what_did_not_come_to_its_end_nothing_is_left(
    notes: Database, work: Callable[[Tx], Awaitable[None]]
) -> None:
    with pytest.raises(
        (ZeroDivisionError, asyncpg.DivisionByZeroError, asyncpg.UniqueViolationError)
    ):
        async with notes.transaction() as tx:
            await work(tx)

    assert await names(notes) == []
    async with notes.transaction() as tx:
        tx.later(INSERT, ["the session is as it was"])
    assert len(await names(notes)) == 1


async def test_a_part_is_undone_alone(notes: Database) -> None:
    async with notes.transaction() as tx:
        tx.later(INSERT, ["first"])
        with pytest.raises(ZeroDivisionError):
            async with tx.transaction():
                await _raise_within(tx)
        async with tx.transaction():
            tx.later(INSERT, ["c"])
        tx.later(INSERT, ["d"])

    assert await names(notes) == ["first", "c", "d"]


async def test_writing_once_opens_no_transaction(notes: Database) -> None:
    async with notes.transaction() as tx:
        assert await tx.alone("SELECT txid_current_if_assigned()") == [(None,)]
        await tx.alone(INSERT, ["at once"])
        assert await names(notes) == ["at once"]
        tx.later(INSERT, ["a"])
    async with notes.transaction() as tx:
        await tx.execute("SELECT 1")
        await tx.alone(INSERT, ["b"])
        assert await names(notes) == ["at once", "a"]


async def test_nothing_that_is_written_midway_is_there_before_the_end(notes: Database) -> None:
    async with notes.transaction() as tx:
        tx.later(COUNT)
        await tx.flush()
        await tx.alone(INSERT, ["nothing is open yet"])
        assert await names(notes) == ["nothing is open yet"]
        tx.later(INSERT, ["a"])
        await tx.flush()
        assert await names(notes) == ["nothing is open yet"]
        tx.later(INSERT, ["b"])

    assert await names(notes) == ["nothing is open yet", "a", "b"]


async def _swallow(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(INSERT, ["a"])
        with suppress(asyncpg.UniqueViolationError):
            await tx.execute(INSERT, ["a"])


async def test_a_fault_that_somebody_has_swallowed_is_told_at_the_end(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="has failed"):
        await _swallow(notes)

    assert await names(notes) == []


async def test_a_lock_is_waited_for_before_what_waits_is_sent(notes: Database) -> None:
    lock = "SELECT pg_advisory_xact_lock(7)"
    other = await notes.pool.acquire()
    await other.execute("SELECT pg_advisory_lock(7)")

    async def count_under_lock() -> int:
        async with notes.transaction() as tx:
            counted = tx.later("SELECT count(*) AS notes FROM notes", returns=("notes",))
            await tx.lock(lock)
            await tx.flush()
        return int(counted.rows[0]["notes"])

    counting = asyncio.create_task(count_under_lock())
    await until(lambda: notes.pool.fetchval("SELECT 1 FROM pg_locks WHERE NOT granted"))
    await other.execute(INSERT, ["while it waited"])
    await other.execute("SELECT pg_advisory_unlock(7)")

    assert await counting == 1
    await notes.pool.release(other)


async def test_whoever_is_cancelled_leaves_no_transaction_behind(notes: Database) -> None:
    holder = await notes.pool.acquire()
    await holder.execute("SELECT pg_advisory_lock(8)")

    async def wait() -> None:
        async with notes.transaction() as tx:
            await tx.lock("SELECT pg_advisory_xact_lock(8)")

    waiting = asyncio.create_task(wait())
    await until(lambda: notes.pool.fetchval("SELECT 1 FROM pg_locks WHERE NOT granted"))
    waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    await notes.pool.release(holder)
    left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    assert await notes.pool.fetchval(left) == 0

"""The board of one replica, and pauses that others set."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from leadstream.pauses import PauseBoard, active_pauses, add_pause, lift
from leadstream.pauses.store import delete_pause
from leadstream.postgres import Database
from leadstream_dev.postgres import PostgresServer
from support.ledger import migrated, until

CLAY = "provider:clay"
# Invariant I10.
AT_ONCE = 0.25


@pytest.fixture(autouse=True)
def told_by_notify_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadstream.pauses.board.REFRESH_SECONDS", 600.0)


@asynccontextmanager
async def following(database: Database) -> AsyncIterator[PauseBoard]:
    board = PauseBoard(database)
    stop = asyncio.Event()
    running = asyncio.create_task(board.run(stop))
    try:
        await until(lambda: _listens(database))
        yield board
    finally:
        stop.set()
        await running


async def pause(database: Database, scope: str, *, until: datetime | None = None) -> None:
    async with database.transaction() as tx:
        await add_pause(tx, scope, reason="rate_limited", actor="other", until=until)


async def test_i10_a_pause_of_another_replica_is_obeyed_at_once_and_its_end_too(
    database: Database, database_url: str
) -> None:
    other = await Database.connect(database_url, schema="core")
    async with following(database) as board:
        took = []
        for _ in range(5):
            await pause(other, CLAY)
            set_at = time.monotonic()
            await until(lambda: board.held(["all", CLAY]))
            took.append(time.monotonic() - set_at)

            async with other.transaction() as tx:
                await lift(tx, CLAY)
            await until(lambda: not board.held([CLAY]))
    await other.close()
    # The quickest of them: this machine may be doing something else.
    assert min(took) < AT_ONCE


async def test_a_pause_that_is_set_twice_is_one_pause(database: Database) -> None:
    board = PauseBoard(database)
    async with database.transaction() as tx:
        flood = await add_pause(tx, "topic:lead.upload", reason="flood", actor="intake")
    await board.refresh()

    board.apply(flood)
    board.apply(flood)

    assert board.scopes("topic") == [flood]
    assert board.counts() == {"topic": 1}


async def test_a_pause_that_is_rolled_back_holds_nobody(database: Database) -> None:
    async with following(database) as board:
        with suppress(ZeroDivisionError):
            async with database.transaction() as tx:
                await add_pause(tx, CLAY, reason="r", actor="a")
                raise ZeroDivisionError
        await pause(database, "all")
        await until(lambda: board.held(["all"]))

        assert not board.held([CLAY])


async def test_a_pause_ends_by_the_clock_without_anyone_saying_so(database: Database) -> None:
    async with following(database) as board:
        await pause(database, CLAY, until=datetime.now(UTC) + timedelta(seconds=3))

        await until(lambda: board.held([CLAY]))
        await until(lambda: not board.held([CLAY]))


async def test_what_a_board_shows(database: Database) -> None:
    async with following(database) as board:
        for scope in ("topic:lead.upload", "topic:lead.enriched", CLAY):
            await pause(database, scope)

        await until(lambda: board.counts() == {"topic": 2, "provider": 1})
        assert {p.scope for p in board.scopes("topic")} == {
            "topic:lead.upload",
            "topic:lead.enriched",
        }


async def test_the_board_survives_a_restart_of_postgres(own_postgres: PostgresServer) -> None:
    async with migrated(own_postgres.url) as database, following(database) as board:
        await pause(database, CLAY)
        await until(lambda: board.held([CLAY]))

        await own_postgres.kill()
        held_meanwhile = board.held([CLAY])
        await own_postgres.start()
        await until(lambda: _listens(database))
        await pause(database, "all")
        await until(lambda: board.held(["all"]))

        assert held_meanwhile
        assert board.held([CLAY])


async def test_a_lost_connection_is_replaced_before_the_next_look(database: Database) -> None:
    async with following(database) as board:
        await database.pool.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        await until(lambda: _listens(database))
        await pause(database, CLAY)

        await until(lambda: board.held([CLAY]))


async def test_the_longer_pause_wins(database: Database) -> None:
    now = datetime.now(UTC)

    async def ends(scope: str, *times: datetime | None) -> datetime | None:
        for time_ in times:
            await pause(database, scope, until=time_)
        [found] = [p for p in await active_pauses(database) if p.scope == scope]
        return found.until

    soon, later = now + timedelta(minutes=1), now + timedelta(hours=1)
    assert await ends("provider:a", soon, later) == later
    assert await ends("provider:b", later, soon) == later
    assert await ends("provider:c", None, soon) is None
    assert await ends("provider:d", soon, None) is None


async def test_pauses_of_two_holders_or_reasons_are_two(database: Database) -> None:
    async with database.transaction() as tx:
        first = await add_pause(tx, CLAY, reason="quota_exhausted", actor="worker")
        await add_pause(tx, CLAY, reason="rate_limited", actor="worker")
        await add_pause(tx, CLAY, reason="quota_exhausted", actor="olivia")
    board = PauseBoard(database)

    async with database.transaction() as tx:
        assert await delete_pause(tx, first.id) == first
        assert await delete_pause(tx, first.id) is None
    await board.refresh()
    assert len(await active_pauses(database)) == 2
    assert board.held([CLAY])

    async with database.transaction() as tx:
        await lift(tx, CLAY, reason="rate_limited")
    assert [p.actor for p in await active_pauses(database)] == ["olivia"]


async def test_a_pause_that_had_run_out_begins_anew(database: Database) -> None:
    await pause(database, CLAY, until=datetime.now(UTC) - timedelta(minutes=5))
    await database.pool.execute("UPDATE pauses SET created_at = now() - interval '1 day'")

    await pause(database, CLAY, until=datetime.now(UTC) + timedelta(minutes=5))

    [found] = await active_pauses(database)
    assert datetime.now(UTC) - found.created_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("first", "then", "shown"),
    [
        ("archived", "removed", "removed"),
        ("archived", None, "archived"),
        (None, "removed", "removed"),
    ],
)
async def test_a_pause_tells_what_was_said_last(
    database: Database, first: str | None, then: str | None, shown: str | None
) -> None:
    for detail in (first, then):
        async with database.transaction() as tx:
            await add_pause(tx, CLAY, reason="circuit_open", actor="worker", detail=detail)

    [found] = await active_pauses(database)
    assert found.detail == shown


async def test_what_was_said_of_a_pause_that_had_run_out_is_not_said_of_the_next(
    database: Database,
) -> None:
    past = datetime.now(UTC) - timedelta(minutes=5)
    async with database.transaction() as tx:
        await add_pause(tx, CLAY, reason="r", actor="worker", until=past, detail="archived")
        await add_pause(tx, CLAY, reason="r", actor="worker")

    [found] = await active_pauses(database)
    assert found.detail is None


async def _listens(database: Database) -> bool:
    try:
        count = await database.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return bool(count)

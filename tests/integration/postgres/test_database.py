"""What a service takes for "Postgres is away", held against what asyncpg raises; and what the planner is told."""

import asyncio
from functools import partial
from typing import Any

import asyncpg
import pytest

from leadstream.postgres import UNAVAILABLE, Database
from support.waiting import eventually


@pytest.fixture
async def database(database_url: str) -> Database:
    return await Database.connect(database_url, schema="public", max_size=2)


async def test_a_transaction_that_the_server_ended_for_idling_is_no_bug(
    database: Database,
) -> None:
    async def idle() -> None:
        async with database.transaction() as tx:
            await tx.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            await asyncio.sleep(0.3)
            await tx.execute("SELECT 1")

    with pytest.raises(UNAVAILABLE):
        await idle()

    assert await database.pool.fetchval("SELECT 1") == 1
    await database.close()


async def _switches(tx: Any) -> dict[str, str]:
    rows = await tx.fetch(
        "SELECT name, setting FROM pg_settings WHERE name LIKE 'enable%' OR name IN ('jit', 'plan_cache_mode')"
    )
    return dict(rows)


async def test_the_planner_is_told_what_not_to_do_for_hot_statements_only(
    database: Database,
) -> None:
    async with database.pool.acquire() as connection:
        as_it_comes = await connection.fetch("SELECT name FROM pg_settings WHERE source = 'client'")
        before = await _switches(connection)
    async with database.transaction(hot=True) as tx:
        hot = await _switches(tx)
    [look] = await database.look("SHOW plan_cache_mode")
    async with database.transaction() as tx:
        after = await _switches(tx)

    assert {name for (name,) in as_it_comes if name.startswith("enable_")} == set()
    assert {name for name in hot if hot[name] != before[name]} == {
        "enable_seqscan",
        "enable_hashjoin",
        "enable_mergejoin",
        "plan_cache_mode",
    }
    assert hot["plan_cache_mode"] == "force_generic_plan"
    assert look["plan_cache_mode"] == "force_custom_plan"
    assert after == before
    await database.close()


async def test_a_hot_statement_planned_on_an_empty_table_does_not_scan_the_full_one(
    database: Database,
) -> None:
    async with database.transaction(hot=True) as tx:
        await tx.execute(
            "CREATE TABLE leads (id integer PRIMARY KEY, name text) WITH (autovacuum_enabled = false)"
        )
        await tx.execute(
            "PREPARE renamed (integer[], text[]) AS UPDATE leads SET name = new.name"
            " FROM unnest($1, $2) AS new (id, name) WHERE leads.id = new.id"
        )
        await tx.execute("EXECUTE renamed ('{1,2}', '{a,b}')")
        await tx.execute("INSERT INTO leads SELECT n, 'n' FROM generate_series(1, 5000) AS n")

        plan = await tx.fetch("EXPLAIN (VERBOSE) EXECUTE renamed ('{1,2}', '{a,b}')")

    text = "\n".join(row[0] for row in plan)
    assert "$1" in text, "a generic plan is what is looked at"
    assert "Index Scan using leads_pkey" in text, text
    await database.close()


async def test_a_look_is_planned_for_what_is_asked(database: Database) -> None:
    """Six times the same list, and the seventh with another filter: a plan for any filter would read everything."""
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE leads (id integer PRIMARY KEY, score text, filler text)")
        await tx.execute(
            "INSERT INTO leads SELECT n, CASE WHEN n % 5000 = 0 THEN 'hot' ELSE 'cold' END, repeat('x', 200)"
            " FROM generate_series(1, 20000) AS n"
        )
        await tx.execute("CREATE INDEX leads_score ON leads (score, id)")
        await tx.execute("ANALYZE leads")
    query = (
        "EXPLAIN SELECT id FROM leads WHERE ($1::text IS NULL OR score = $1) ORDER BY id LIMIT 50"
    )
    for _ in range(6):
        await database.look(query, None)

    plan = await database.look(query, "hot")

    assert "leads_score" in "\n".join(row[0] for row in plan)
    await database.close()


async def test_hot_and_other_statements_share_what_a_service_may_have(database_url: str) -> None:
    """Fifteen replicas side by side would else take all that a server has, and the sixteenth none."""
    database = await Database.connect(database_url, schema="public", max_size=4)
    meet = asyncio.Event()

    async def hold(*, hot: bool) -> None:
        async with database.transaction(hot=hot) as tx:
            await tx.execute("SELECT 1")
            await meet.wait()

    holding = [asyncio.create_task(hold(hot=number % 2 == 0)) for number in range(12)]
    await eventually(partial(_are_held, database_url, 4), "the pools do not fill", within=30)
    most = await _connections(database_url)
    meet.set()
    await asyncio.gather(*holding)

    assert most == 4
    await database.close()


async def _are_held(url: str, count: int) -> bool:
    return await _connections(url) >= count


async def _connections(url: str) -> int:
    """Of this database, but for the one that asks."""
    asking = await asyncpg.connect(url)
    found = await asking.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await asking.close()
    return int(found)

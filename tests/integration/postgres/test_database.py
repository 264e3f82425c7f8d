"""What a service takes for "Postgres is away", held against what asyncpg really raises; and plans that last."""

import asyncio

import pytest

from leadstream.postgres import UNAVAILABLE, Database


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


async def test_a_statement_planned_on_an_empty_table_does_not_scan_the_full_one(
    database: Database,
) -> None:
    async with database.pool.acquire() as connection:
        await connection.execute(
            "CREATE TABLE leads (id integer PRIMARY KEY, name text) WITH (autovacuum_enabled = false)"
        )
        await connection.execute(
            "PREPARE renamed (integer[], text[]) AS UPDATE leads SET name = new.name"
            " FROM unnest($1, $2) AS new (id, name) WHERE leads.id = new.id"
        )
        # As Postgres decides by itself where a plan for any parameters costs no more than one for these.
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute("EXECUTE renamed ('{1,2}', '{a,b}')")
        await connection.execute(
            "INSERT INTO leads SELECT n, 'n' FROM generate_series(1, 5000) AS n"
        )

        plan = await connection.fetch("EXPLAIN (VERBOSE) EXECUTE renamed ('{1,2}', '{a,b}')")

    text = "\n".join(row[0] for row in plan)
    assert "$1" in text, "a generic plan is what is looked at"
    assert "Index Scan using leads_pkey" in text, text
    await database.close()

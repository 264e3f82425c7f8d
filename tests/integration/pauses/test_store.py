"""The table of pauses, when many write into it at the same moment."""

import asyncio

from leadstream.pauses.store import add_pause, open_circuit
from leadstream.postgres import Database
from support.ledger import migrated


async def test_a_scope_may_be_held_by_many_at_the_same_moment(database_url: str) -> None:
    """Whoever comes second waits for the first, and finds its row: nobody fails."""

    async def hold(database: Database, scope: str) -> None:
        async with database.transaction() as tx:
            await add_pause(tx, scope, reason="daily_budget", actor="worker")
        async with database.transaction() as tx:
            await open_circuit(tx, scope, detail=None)

    async with migrated(database_url) as database:
        for number in range(40):
            await asyncio.gather(*(hold(database, f"provider:{number}") for _ in range(8)))
        rows = await database.pool.fetchval("SELECT count(*) FROM pauses")

    assert rows == 2 * 40

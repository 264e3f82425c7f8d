"""Answers that a provider owes, and the jobs that wait for them."""

from leadstream.accounts import Account
from leadstream.postgres import Database, load_queries

SQL = load_queries("enrichment.adapters", "pending.sql")


async def make_due(database: Database, account: Account, ref: str) -> int:
    """Let the job that waits for an answer ask for it now; returns how many do, which is one or none."""
    return len(await database.pool.fetch(SQL.wake_pending, account.owner, ref, account.provider))

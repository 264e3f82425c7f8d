"""What calls came to in money: settled in the transaction that settles their jobs."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from enrichment.adapters.figures import observe_spend
from leadstream.postgres import Tx, after_commit, load_queries

SQL = load_queries("enrichment.adapters", "spend.sql")


async def settle_spend(tx: Tx, jobs: Sequence[UUID]) -> None:
    """Turn what ended calls of these jobs have reserved into what they cost."""
    for row in await tx.fetch(SQL.settle_calls, jobs):
        after_commit(partial(observe_spend, row["provider"], row["cost"]))


async def settle_abandoned(tx: Tx, *, older_than: timedelta) -> None:
    jobs = await tx.fetch(SQL.jobs_to_settle, older_than)
    if jobs:
        await settle_spend(tx, [row["job_id"] for row in jobs])

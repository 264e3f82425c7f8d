"""What calls came to, and in money: settled in the transaction that settles their jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from enrichment.adapters.figures import observe_spend
from enrichment.application.ports import ClosedCall, Ending
from leadstream.postgres import Later, Tx, after_commit, load_queries

SQL = load_queries("enrichment.adapters", "spend.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """What a job's attempt that is over means for its calls."""

    job_id: UUID
    # None: of whoever's attempts the calls are, they stay as they are.
    lease_id: UUID | None = None
    # How what it left open ends.
    ending: Ending = Ending.UNKNOWN
    is_untried: bool = True
    # Whether what is pending is not waited for any longer.
    gave_up: bool = False
    # The call whose end is known.
    closed: ClosedCall | None = None


def settle_calls(tx: Tx, over: Sequence[Over]) -> None:
    """End the jobs' calls, and turn what they have reserved into what they cost."""
    closed = [each.closed for each in over]
    spent = tx.later(
        SQL.settle_calls,
        [each.job_id for each in over],
        [each.lease_id for each in over],
        [each.ending.value for each in over],
        [each.is_untried for each in over],
        [each.gave_up for each in over],
        [c and c.id for c in closed],
        [c and c.ending.value for c in closed],
        [c and c.units for c in closed],
        [c and c.ref for c in closed],
        returns=("provider", "cost"),
    )
    after_commit(partial(_observe, spent))


def _observe(spent: Later) -> None:
    for row in spent.rows:
        observe_spend(row["provider"], row["cost"])


async def settle_abandoned(tx: Tx, *, older_than: timedelta) -> None:
    rows = await tx.fetch(SQL.jobs_to_settle, older_than)
    if rows:
        settle_calls(tx, [Over(job_id=row["job_id"]) for row in rows])

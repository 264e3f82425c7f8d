"""Budgets that are spent: the workspace is told."""

from collections.abc import Sequence
from typing import Final

from enrichment.adapters.announcing import completed_of
from enrichment.adapters.budgets import REASON as CALLS
from enrichment.adapters.budgets import budget_lane
from enrichment.adapters.spending_caps import REASON as MONEY
from leadstream.contracts.events import TroubleCause
from leadstream.jobs.model import Held, Settled
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx
from leadstream.troubles import KnownTroubles, Trouble

# What people call them.
_NAMES: Final = {CALLS: "calls a day", MONEY: "money"}


async def note_budgets(
    known: KnownTroubles, tx: Tx, settled: Sequence[Settled]
) -> list[OutboxEvent]:
    """Which budgets these attempts found spent, and which have room again."""
    well = {
        each.job.workspace_id: each.started_at
        for each in settled
        if each.job.workspace_id and _has_paid(each)
    }
    # First what is well: of a new day's first batch the rest may find the budget spent again.
    ended = await known.end(tx, well)
    troubles = [found for each in settled if (found := _spent(each))]
    return [*ended, *await known.begin(tx, troubles)]


def _spent(settled: Settled) -> Trouble | None:
    outcome, workspace_id = settled.outcome, settled.job.workspace_id
    if not isinstance(outcome, Held) or outcome.reason not in _NAMES or workspace_id is None:
        return None
    return Trouble(
        workspace_id=workspace_id,
        cause=TroubleCause.BUDGET_SPENT,
        subject_id=workspace_id,
        name=_NAMES[outcome.reason],
        detail=outcome.problem.message,
        began_at=settled.started_at,
        # Before that something may be small enough for what is left.
        until=outcome.until,
    )


def _has_paid(settled: Settled) -> bool:
    """Of what a budget limits: what people ask for by hand goes past it."""
    done = completed_of(settled)
    is_limited = settled.job.workspace_id and settled.job.lane == budget_lane(
        settled.job.workspace_id
    )
    return done is not None and done.paid and bool(is_limited)

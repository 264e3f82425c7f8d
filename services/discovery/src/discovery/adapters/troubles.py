"""Queries that fail night after night: their workspace is told."""

from collections.abc import Sequence
from typing import Final

from discovery.adapters.runs import SQL, Run
from leadstream.contracts.events import TroubleCause
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx
from leadstream.troubles import Trouble, begin_troubles, end_troubles

# One bad night mends itself.
NIGHTS: Final = 3
_BAD: Final = frozenset({"failed", "held"})


async def note_queries(tx: Tx, runs: Sequence[Run]) -> list[OutboxEvent]:
    """After these runs were stored: which queries fail for so many nights, and which work again."""
    well = {run.query_id: run.started_at for run in runs if run.status == "succeeded"}
    bad = {run.query_id: run for run in runs if run.status in _BAD}
    if not bad:
        return await end_troubles(tx, well)
    rows = await tx.fetch(
        SQL.failing_queries, list(bad), [run.run_on for run in bad.values()], NIGHTS
    )
    troubles = [
        Trouble(
            workspace_id=row["workspace_id"],
            cause=TroubleCause.QUERY_FAILING,
            subject_id=row["id"],
            name=row["name"],
            detail=bad[row["id"]].error or "",
            began_at=bad[row["id"]].started_at,
        )
        for row in rows
    ]
    return [*await begin_troubles(tx, troubles), *await end_troubles(tx, well)]

"""Running many failed jobs again: in batches, so that nobody waits for the locks of all of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadstream.history.queries import SQL
from leadstream.jobs.model import JobState
from leadstream.postgres import Database, Tx

BATCH = 1000
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Which of the jobs that failed, or were cancelled; None matches all."""

    state: JobState
    kind: str | None = None
    workspace_id: UUID | None = None
    lead_id: UUID | None = None
    since: datetime | None = None

    @property
    def filters(self) -> tuple[object, ...]:
        return self.state, self.kind, self.workspace_id, self.lead_id, self.since


async def count_ended(database: Database, which: Ended) -> Counter[str]:
    """How many jobs of which kind would run again."""
    rows = await database.look(SQL.count_ended, *which.filters)
    return Counter({row["kind"]: row["count"] for row in rows})


async def rerun_batch(
    tx: Tx, which: Ended, *, after: Place | None
) -> tuple[Counter[str], Place | None]:
    """Let the first jobs after a place run again; return how many of which kind, and the place of the last.

    They start afresh, with all their attempts before them. No place: there were no more.
    """
    rows = await tx.fetch(SQL.rerun_ended, *which.filters, *(after or (None, None)), BATCH)
    last = max(((row["created_at"], row["id"]) for row in rows), default=None)
    return Counter(row["kind"] for row in rows), last

"""Running jobs again: one that was corrected, or many in batches, so that nobody waits for the locks of all of them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from leadstream.history.queries import SQL
from leadstream.jobs.model import JobState
from leadstream.plainjson import dump_json
from leadstream.postgres import Database, Tx

BATCH = 1000
ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
ChangePayload: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
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


class NotEndedError(Exception):
    """The job waits, or runs; `state` is None where it is not kept any longer."""

    def __init__(self, state: JobState | None) -> None:
        super().__init__(f"the job is {state}")
        self.state = state


async def rerun_with(tx: Tx, job_id: UUID, change: ChangePayload) -> Mapping[str, Any]:
    """Run a job once more with another payload, and return that; raise NotEndedError where it has not ended.

    Of two that want to at once the second finds a job that waits. What was tried stays in its history.
    """
    row = await tx.fetchrow(SQL.get_payload, job_id)
    if row is None or row["state"] not in ENDED:
        raise NotEndedError(JobState(row["state"]) if row else None)
    payload = change(row["payload"])
    await tx.execute(SQL.rerun_with, job_id, dump_json(payload).decode())
    return payload


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

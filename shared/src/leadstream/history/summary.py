"""How many jobs there are, by what became of them: asked every few seconds, so that nothing here counts millions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from leadstream.history.queries import SQL
from leadstream.jobs.model import JobState
from leadstream.postgres import Database

# Rows that are read of each state, or of what has ended.
MOST = 50_000
WINDOW = timedelta(hours=24)
STANDING = (JobState.READY, JobState.RUNNING, JobState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    state: JobState
    kind: str
    error_class: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    counts: Sequence[Count]
    # States of which there may be more than was counted.
    more: Sequence[JobState]
    # The succeeded and cancelled are those that have ended since.
    finished_since: datetime


async def summarise(database: Database, workspace_id: UUID | None) -> Summary:
    """Of one workspace, or of all."""
    began = datetime.now(UTC) - WINDOW
    async with database.looking(by_index=True) as tx:
        standing = await tx.fetch(SQL.count_jobs, workspace_id, MOST)
        finished = await tx.fetch(SQL.count_finished, workspace_id, began, MOST)
    full = sum(row["read"] for row in finished) >= MOST
    return Summary(
        counts=[
            *(_count(row, row["error_class"]) for row in standing if row["count"]),
            *(_count(row) for row in finished if row["count"] and row["state"] not in STANDING),
        ],
        more=[state for state in STANDING if _read(standing, state) >= MOST],
        finished_since=min(row["oldest"] for row in finished) if full else began,
    )


def _count(row: Mapping[str, Any], error_class: str | None = None) -> Count:
    return Count(
        state=JobState(row["state"]),
        kind=row["kind"],
        error_class=error_class,
        count=row["count"],
    )


def _read(rows: Sequence[Mapping[str, Any]], state: JobState) -> int:
    return sum(row["read"] for row in rows if row["state"] == state)

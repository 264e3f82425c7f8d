"""All that was tried for a lead, and what it still waits for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from leadstream.api import Page, PagingQuery, Viewer
from leadstream.history import SQL
from leadstream.jobs.kinds import JobKind
from leadstream.postgres import Database
from leadstream.runtime.routers.jobs import Attempt, JobSummary, trace_id


class Hold(BaseModel):
    scope: str
    reason: str
    until: datetime | None = Field(description="Null: until somebody lifts it.")


class TriedJob(JobSummary):
    revision: int | None = Field(description="Of the lead.")
    holds: list[Hold] = Field(description="The pauses that it waits for.")
    trace_id: str | None
    attempts_made: list[Attempt]


def attempts_router(database: Database, kinds: Sequence[JobKind]) -> APIRouter:
    router = APIRouter(tags=["jobs"])

    @router.get(
        "/jobs/attempts",
        summary="All jobs of a lead with their attempts, newest first",
        response_model=Page[TriedJob],
    )
    async def list_attempts(caller: Viewer, paging: PagingQuery, lead_id: UUID) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        rows = await database.look(
            SQL.lead_jobs, lead_id, caller.workspace_id, paging.limit + 1, *after, *_wide(kinds)
        )
        attempts = defaultdict(list)
        for each in await database.look(SQL.attempts_of_jobs, [row["id"] for row in rows]):
            attempts[each["job_id"]].append(dict(each))

        def render(row: Mapping[str, Any]) -> dict[str, Any]:
            return {
                **row,
                "holds": row["holds"] or [],
                "trace_id": trace_id(row["traceparent"]),
                "attempts_made": attempts[row["id"]],
            }

        return paging.page(rows, key=lambda row: (row["created_at"], row["id"]), render=render)

    return router


def _wide(kinds: Sequence[JobKind]) -> tuple[list[str], list[str]]:
    """What holds whole kinds, as two columns: (kind, scope)."""
    pairs = [(kind.name, scope) for kind in kinds for scope in kind.scopes]
    return [name for name, _ in pairs], [scope for _, scope in pairs]

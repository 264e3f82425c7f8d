"""What became of the jobs, at a glance, and in which ways they failed."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from leadstream.api import Page, PagingQuery, Viewer
from leadstream.history import SQL, summarise
from leadstream.jobs.failures import wording
from leadstream.jobs.model import JobState
from leadstream.postgres import Database

# Groups that are looked at for a page, and jobs that are counted of each.
MOST_GROUPS: Final = 10_000
MOST_COUNTED: Final = 10_000

Kind = Annotated[str | None, Query(max_length=100)]


class JobCount(BaseModel):
    state: JobState
    kind: str
    error_class: str | None = Field(description="Of failed jobs.")
    count: int


class JobsSummary(BaseModel):
    counts: list[JobCount]
    more: list[JobState] = Field(
        description="States of which there may be more jobs than were counted: counting ends at 50,000."
    )
    finished_since: datetime = Field(
        description="Succeeded and cancelled jobs are counted that ended since: in the last 24 hours, or since when the"
        " last 50,000 did. Jobs that wait, run or have failed are counted whenever that was."
    )


class Failure(BaseModel):
    """Jobs that failed in the same way."""

    key: UUID = Field(description="Stays the same; `group` of `jobs/retry` and `jobs/cancel`.")
    kind: str
    error_class: str | None
    status_code: int | None
    message: str = Field(
        description="Without what names a single thing: `<id>`, `<n>`, `<time>`, `<address>`, `<host>`, `<url>`."
    )
    count: int
    leads: int = Field(description="How many leads these jobs are of.")
    workspaces: int
    more: bool = Field(description="There are more jobs: the newest 10,000 were counted.")
    first: datetime = Field(description="When the first of them failed.")
    last: datetime
    sample: UUID = Field(description="The job that failed last.")


def failures_router(database: Database) -> APIRouter:
    router = APIRouter(tags=["jobs"])

    @router.get(
        "/jobs/summary",
        summary="How many jobs there are, by state, kind and error class",
        response_model=JobsSummary,
    )
    async def summarise_jobs(caller: Viewer, workspace_id: UUID | None = None) -> dict[str, Any]:
        return asdict(await summarise(database, caller.narrow(workspace_id)))

    @router.get(
        "/failures",
        summary="Failed jobs by the way they failed, the newest first",
        response_model=Page[Failure],
    )
    async def list_failures(
        caller: Viewer,
        paging: PagingQuery,
        kind: Kind = None,
        workspace_id: UUID | None = None,
        since: Annotated[AwareDatetime | None, Query(description="Failed at or after.")] = None,
    ) -> dict[str, Any]:
        rows = await database.look(
            SQL.list_failures,
            caller.narrow(workspace_id),
            kind,
            since,
            paging.limit + 1,
            *(paging.after(datetime, UUID) or (None, None)),
            MOST_GROUPS,
            MOST_COUNTED + 1,
        )
        return paging.page(rows, key=lambda row: (row["last"], str(row["key"])), render=_failure)

    return router


def _failure(row: Any) -> dict[str, Any]:
    return {
        **row,
        "message": wording(row["message"] or ""),
        "count": min(row["count"], MOST_COUNTED),
        "more": row["count"] > MOST_COUNTED,
    }

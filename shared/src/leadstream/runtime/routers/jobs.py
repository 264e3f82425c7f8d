"""The run history, and the button to run a job again."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
    answers,
)
from leadstream.history import SQL, Ended, Place, cancel_jobs, count_ended, rerun_batch
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import JobState
from leadstream.postgres import Database, Tx

State = Annotated[JobState | None, Query()]
Kind = Annotated[str | None, Query(max_length=100)]


class RetryMany(BaseModel):
    """Which jobs to run again; every filter that is given must match."""

    state: JobState | None = Field(None, description="Left out: failed.")
    kind: str | None = Field(None, max_length=100)
    workspace_id: UUID | None = None
    lead_id: UUID | None = None
    since: AwareDatetime | None = None
    dry_run: bool = False


class JobSummary(BaseModel):
    id: UUID
    kind: str
    state: JobState
    priority: int = Field(description="0 hot, 1 warm, 2 cold.")
    lane: str = Field(description="The finest scope that can be paused; lanes take turns.")
    workspace_id: UUID | None
    lead_id: UUID | None
    attempts: int
    lost: int = Field(description="Leases that ran out: the worker died.")
    run_at: datetime
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


class ListedJob(JobSummary):
    held_by: list[str] | None = Field(description="Why a waiting job is not claimed.")


class Attempt(BaseModel):
    number: int
    outcome: str
    error_class: str | None
    error: str | None
    status_code: int | None
    excerpt: str | None = Field(description="The beginning of the answer.")
    started_at: datetime
    finished_at: datetime


class JobDetail(JobSummary):
    payload: Any = Field(description="What is to be done, as the kind of job needs it.")
    leased_until: datetime | None
    traceparent: str | None
    trace_id: str | None
    attempts_made: list[Attempt]


class ChangedJob(BaseModel):
    job_id: UUID
    state: JobState


class RetriedJobs(BaseModel):
    dry_run: bool
    total: int
    kinds: dict[str, int] = Field(description="How many jobs of which kind.")


def jobs_router(
    database: Database, wake: Callable[[], None], kinds: Sequence[JobKind]
) -> APIRouter:
    router = APIRouter(tags=["jobs"])
    audit = PostgresAudit()

    @router.get("/jobs", summary="Jobs, newest first", response_model=Page[ListedJob])
    async def list_jobs(  # noqa: PLR0913 - one argument a filter
        caller: Viewer,
        paging: PagingQuery,
        state: State = None,
        kind: Kind = None,
        workspace_id: UUID | None = None,
        lead_id: UUID | None = None,
        since: AwareDatetime | None = None,
    ) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(
            SQL.list_jobs, state, kind, workspace, lead_id, since, paging.limit + 1, *after
        )
        return paging.page(rows, key=lambda row: (row["created_at"], row["id"]), render=dict)

    @router.get(
        "/jobs/{job_id}",
        summary="One job, with its payload and attempts",
        response_model=JobDetail,
    )
    async def get_job(caller: Viewer, job_id: UUID) -> dict[str, Any]:
        row = await database.pool.fetchrow(SQL.get_job, job_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("job")
        attempts = await database.pool.fetch(SQL.job_attempts, job_id)
        return {
            **row,
            "trace_id": _trace_id(row["traceparent"]),
            "attempts_made": [dict(attempt) for attempt in attempts],
        }

    @router.post(
        "/jobs/{job_id}/retry",
        status_code=202,
        summary="Run a failed job again",
        response_model=ChangedJob,
        responses=answers(409),
    )
    async def retry_job(caller: Operator, job_id: UUID) -> dict[str, Any]:
        async with database.transaction() as tx:
            job = await _job(tx, caller, job_id)
            if not await tx.fetch(SQL.retry_jobs, [job_id]):
                raise ConflictError(
                    f"the job is {job['state']}: only failed or cancelled jobs run again"
                )
            await audit.record(tx, caller, _change("job.retried", job, JobState.READY))
        wake()
        return {"job_id": job_id, "state": JobState.READY}

    @router.post(
        "/jobs/{job_id}/cancel",
        status_code=200,
        summary="Cancel a job that waits",
        response_model=ChangedJob,
        responses=answers(409),
    )
    async def cancel_job(caller: Operator, job_id: UUID) -> dict[str, Any]:
        async with database.transaction() as tx:
            job = await _job(tx, caller, job_id)
            if not await cancel_jobs(tx, [job_id], kinds, now=datetime.now(UTC)):
                raise ConflictError(
                    f"the job is {job['state']}: only a job that waits can be cancelled"
                )
            await audit.record(tx, caller, _change("job.cancelled", job, JobState.CANCELLED))
        wake()
        return {"job_id": job_id, "state": JobState.CANCELLED}

    @router.post(
        "/jobs/retry",
        status_code=202,
        summary="Run all jobs again that a filter finds",
        response_model=RetriedJobs,
    )
    async def retry_jobs(caller: Operator, which: RetryMany) -> dict[str, Any]:
        ended = Ended(
            state=which.state or JobState.FAILED,
            kind=which.kind,
            workspace_id=caller.narrow(which.workspace_id),
            lead_id=which.lead_id,
            since=which.since,
        )
        run = count_ended(database, ended) if which.dry_run else _rerun(database, caller, ended)
        found = await run
        wake()
        return {"dry_run": which.dry_run, "total": found.total(), "kinds": dict(found)}

    return router


async def _job(tx: Tx, caller: Caller, job_id: UUID) -> Any:
    row = await tx.fetchrow(SQL.get_job, job_id, caller.workspace_id)
    if row is None:
        raise NotFoundError("job")
    return row


async def _rerun(database: Database, caller: Caller, ended: Ended) -> Counter[str]:
    """Each batch with a row of the audit: what is run again is in it, even where the call is cut short."""
    audit = PostgresAudit()
    found: Counter[str] = Counter()
    place: Place | None = None
    while True:
        async with database.looking() as tx:
            kinds, place = await rerun_batch(tx, ended, after=place)
            if place is None:
                return found
            await audit.record(tx, caller, _rerun_change(ended, kinds))
        found += kinds


def _rerun_change(ended: Ended, kinds: Counter[str]) -> Change:
    filters = {name: str(value) for name, value in asdict(ended).items() if value is not None}
    return Change(
        "jobs.retried",
        "jobs",
        after=filters | {"jobs": dict(kinds)},
        workspace_id=ended.workspace_id,
    )


def _change(action: str, job: Any, after: JobState) -> Change:
    return Change(
        action,
        f"job:{job['id']}",
        before={"state": job["state"]},
        after={"state": after},
        workspace_id=job["workspace_id"],
    )


def _trace_id(traceparent: str | None) -> str | None:
    return traceparent.split("-")[1] if traceparent else None

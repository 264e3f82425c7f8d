"""The run history, and the button to run a job again."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
    answers,
)
from leadstream.api.auth import LONGEST_REASON
from leadstream.history import SQL, cancel_jobs
from leadstream.jobs.kinds import JobKind, provider_scopes
from leadstream.jobs.model import JobState
from leadstream.postgres import Database, Tx

State = Annotated[JobState | None, Query()]
Kind = Annotated[str | None, Query(max_length=100)]


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


class JobDetail(ListedJob):
    payload: Any = Field(description="What is to be done, as the kind of job needs it.")
    leased_until: datetime | None
    traceparent: str | None
    trace_id: str | None
    attempts_made: list[Attempt]


class ShowPayload(BaseModel):
    reason: str | None = Field(
        None, max_length=LONGEST_REASON, description="Why it must be seen; or in X-Reason."
    )


class ChangedJob(BaseModel):
    job_id: UUID
    state: JobState


def jobs_router(
    database: Database, wake: Callable[[], None], kinds: Sequence[JobKind]
) -> APIRouter:
    router = APIRouter(tags=["jobs"])
    audit = PostgresAudit()
    held_kinds = provider_scopes(kinds)

    async def detail(tx: Tx, caller: Caller, job_id: UUID) -> dict[str, Any]:
        row = await _job(tx, caller, job_id)
        attempts = await tx.fetch(SQL.job_attempts, job_id)
        return {
            **row,
            "held_by": await tx.fetchval(SQL.job_held_by, job_id, held_kinds),
            "trace_id": trace_id(row["traceparent"]),
            "attempts_made": [dict(attempt) for attempt in attempts],
        }

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
            SQL.list_jobs,
            *(state, kind, workspace, lead_id, since, paging.limit + 1, *after, held_kinds),
        )
        return paging.page(rows, key=lambda row: (row["created_at"], row["id"]), render=dict)

    @router.get(
        "/jobs/{job_id}",
        summary="One job, with its payload and attempts",
        response_model=JobDetail,
    )
    async def get_job(caller: Viewer, job_id: UUID) -> dict[str, Any]:
        async with database.transaction() as tx:
            return await detail(tx, caller, job_id)

    @router.post(
        "/jobs/{job_id}/show",
        status_code=200,
        summary="One job as it is, for whoever says why it must be seen",
        description="The answer is that of `GET`; the console hides people and secrets until somebody asks this.",
        response_model=JobDetail,
    )
    async def show_job(caller: Operator, job_id: UUID, asked: ShowPayload) -> dict[str, Any]:
        reason = (asked.reason or "").strip() or caller.reason
        if not reason:
            raise InvalidError("is missing: the audit says why a payload was seen", field="reason")
        async with database.transaction() as tx:
            job = await detail(tx, caller, job_id)
            shown = Change(
                "job.payload_shown",
                f"job:{job_id}",
                reason=reason,
                workspace_id=job["workspace_id"],
            )
            await audit.record(tx, caller, shown)
        return job

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

    return router


async def _job(tx: Tx, caller: Caller, job_id: UUID) -> Any:
    row = await tx.fetchrow(SQL.get_job, job_id, caller.workspace_id)
    if row is None:
        raise NotFoundError("job")
    return row


def _change(action: str, job: Any, after: JobState) -> Change:
    return Change(
        action,
        f"job:{job['id']}",
        before={"state": job["state"]},
        after={"state": after},
        workspace_id=job["workspace_id"],
    )


def trace_id(traceparent: str | None) -> str | None:
    return traceparent.split("-")[1] if traceparent else None

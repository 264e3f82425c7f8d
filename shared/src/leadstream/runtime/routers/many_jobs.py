"""Many jobs at once: all that a filter finds, or that failed in the same way."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from leadstream.api import Caller, Change, InvalidError, Operator, PostgresAudit
from leadstream.history import (
    Ended,
    Group,
    GroupBatches,
    Place,
    Verb,
    count_ended,
    count_group,
    rerun_batch,
)
from leadstream.jobs.model import JobState
from leadstream.postgres import Database

_REASON = Field(None, max_length=500, description="Why, for the audit; or in X-Reason.")


class RetryMany(BaseModel):
    """Which jobs to run again; every filter that is given must match."""

    group: UUID | None = Field(None, description="`key` of one of the failures.")
    state: JobState | None = Field(None, description="Left out: failed.")
    kind: str | None = Field(None, max_length=100)
    workspace_id: UUID | None = None
    lead_id: UUID | None = None
    since: AwareDatetime | None = Field(
        None, description="Created at or after; with `group`: failed at or after."
    )
    reason: str | None = _REASON
    dry_run: bool = False


class CancelMany(BaseModel):
    """Which failed jobs to put aside; every filter that is given must match."""

    group: UUID = Field(description="`key` of one of the failures.")
    kind: str | None = Field(None, max_length=100)
    workspace_id: UUID | None = None
    lead_id: UUID | None = None
    since: AwareDatetime | None = Field(None, description="Failed at or after.")
    reason: str | None = _REASON
    dry_run: bool = False


class ChangedJobs(BaseModel):
    dry_run: bool
    total: int
    kinds: dict[str, int] = Field(description="How many jobs of which kind.")


def many_jobs_router(database: Database, wake: Callable[[], None]) -> APIRouter:
    router = APIRouter(tags=["jobs"])

    @router.post(
        "/jobs/retry",
        status_code=202,
        summary="Run all jobs again that a filter finds",
        response_model=ChangedJobs,
    )
    async def retry_jobs(caller: Operator, which: RetryMany) -> dict[str, Any]:
        if which.group is not None:
            if which.state not in (None, JobState.FAILED):
                raise InvalidError("a group is of failed jobs", field="state")
            found = await _change_group(database, caller, which, which.group, Verb.RETRY)
        else:
            found = await _retry(database, caller, which)
        wake()
        return _answer(found, dry_run=which.dry_run)

    @router.post(
        "/jobs/cancel",
        status_code=200,
        summary="Put failed jobs of a group aside",
        description="They are `cancelled`: no failures any longer, and run again only if somebody asks for these.",
        response_model=ChangedJobs,
    )
    async def cancel_jobs(caller: Operator, which: CancelMany) -> dict[str, Any]:
        found = await _change_group(database, caller, which, which.group, Verb.CANCEL)
        return _answer(found, dry_run=which.dry_run)

    return router


async def _retry(database: Database, caller: Caller, which: RetryMany) -> Counter[str]:
    """Each batch with a row of the audit: what is run again is in it, even where the call is cut short."""
    ended = Ended(
        state=which.state or JobState.FAILED,
        kind=which.kind,
        workspace_id=caller.narrow(which.workspace_id),
        lead_id=which.lead_id,
        since=which.since,
    )
    if which.dry_run:
        return await count_ended(database, ended)
    found: Counter[str] = Counter()
    place: Place | None = None
    while True:
        async with database.looking() as tx:
            kinds, place = await rerun_batch(tx, ended, after=place)
            if place is None:
                return found
            change = _change(Verb.RETRY, asdict(ended), kinds, which.reason)
            await PostgresAudit().record(tx, caller, change)
        found += kinds


async def _change_group(
    database: Database, caller: Caller, which: RetryMany | CancelMany, key: UUID, verb: Verb
) -> Counter[str]:
    """In batches, as above."""
    group = Group(
        group=key,
        kind=which.kind,
        workspace_id=caller.narrow(which.workspace_id),
        lead_id=which.lead_id,
        since=which.since,
    )
    if which.dry_run:
        return await count_group(database, group)
    found: Counter[str] = Counter()
    batches = GroupBatches(group, verb)
    while True:
        async with database.looking() as tx:
            kinds = await batches.next(tx)
            if not kinds:
                return found
            change = _change(verb, asdict(group), kinds, which.reason)
            await PostgresAudit().record(tx, caller, change)
        found += kinds


def _change(verb: Verb, filters: dict[str, Any], kinds: Counter[str], reason: str | None) -> Change:
    given = {name: str(value) for name, value in filters.items() if value is not None}
    return Change(
        f"jobs.{verb}",
        "jobs",
        reason=reason,
        after=given | {"jobs": dict(kinds)},
        workspace_id=filters["workspace_id"],
    )


def _answer(found: Counter[str], *, dry_run: bool) -> dict[str, Any]:
    return {"dry_run": dry_run, "total": found.total(), "kinds": dict(found)}

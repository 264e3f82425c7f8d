"""The run history of a service: its jobs, how they ended, and running them again."""

from typing import Any

from leadstream.admin.answers import (
    ChangedJob,
    ChangedJobs,
    JobDetail,
    JobsSummary,
    PageFailure,
    PageListedJob,
)
from leadstream.admin.calls import Call, given, path


def list_jobs(  # noqa: PLR0913 - one argument a filter
    service: str,
    *,
    state: str | None = None,
    kind: str | None = None,
    workspace_id: object = None,
    lead_id: object = None,
    since: object = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageListedJob]:
    """Newest first; `since` is when they were created."""
    params = given(
        state=state,
        kind=kind,
        workspace_id=workspace_id,
        lead_id=lead_id,
        since=since,
        limit=limit,
        cursor=cursor,
    )
    return Call(service, "GET", "jobs", PageListedJob, params)


def sum_up_jobs(service: str, workspace_id: object = None) -> Call[JobsSummary]:
    return Call(service, "GET", "jobs/summary", JobsSummary, given(workspace_id=workspace_id))


def list_failures(
    service: str,
    *,
    kind: str | None = None,
    workspace_id: object = None,
    since: object = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageFailure]:
    """The groups whose last job failed last come first; `since` is when jobs failed."""
    params = given(kind=kind, workspace_id=workspace_id, since=since, limit=limit, cursor=cursor)
    return Call(service, "GET", "failures", PageFailure, params)


def get_job(service: str, job_id: object) -> Call[JobDetail]:
    return Call(service, "GET", path("jobs", job_id), JobDetail)


def show_job(service: str, job_id: object, *, reason: str | None) -> Call[JobDetail]:
    """The same for somebody who says why they must see it: a row of the audit."""
    return Call(service, "POST", path("jobs", job_id, "show"), JobDetail, reason=reason)


def retry_job(service: str, job_id: object, *, reason: str | None = None) -> Call[ChangedJob]:
    return Call(service, "POST", path("jobs", job_id, "retry"), ChangedJob, reason=reason)


def cancel_job(service: str, job_id: object, *, reason: str | None = None) -> Call[ChangedJob]:
    return Call(service, "POST", path("jobs", job_id, "cancel"), ChangedJob, reason=reason)


def retry_jobs(  # noqa: PLR0913 - one argument a filter
    service: str,
    *,
    group: object = None,
    state: str | None = None,
    kind: str | None = None,
    workspace_id: object = None,
    lead_id: object = None,
    since: object = None,
    dry_run: bool = False,
    reason: str | None = None,
) -> Call[ChangedJobs]:
    """All that the filter finds: of failed jobs, or of those in the state."""
    body: dict[str, Any] = given(
        group=group,
        state=state,
        kind=kind,
        workspace_id=workspace_id,
        lead_id=lead_id,
        since=since,
    )
    body["dry_run"] = dry_run
    return Call(service, "POST", "jobs/retry", ChangedJobs, body=body, reason=reason)


def cancel_jobs(  # noqa: PLR0913 - one argument a filter
    service: str,
    group: object,
    *,
    kind: str | None = None,
    workspace_id: object = None,
    lead_id: object = None,
    since: object = None,
    dry_run: bool = False,
    reason: str | None = None,
) -> Call[ChangedJobs]:
    """Put aside the failed jobs of a group."""
    body: dict[str, Any] = given(
        group=group, kind=kind, workspace_id=workspace_id, lead_id=lead_id, since=since
    )
    body["dry_run"] = dry_run
    return Call(service, "POST", "jobs/cancel", ChangedJobs, body=body, reason=reason)

"""The run history of a service: its jobs, how they ended, and running them again."""

from leadstream.admin.answers import JobsSummary
from leadstream.admin.calls import Call, given


def sum_up_jobs(service: str, workspace_id: str | None = None) -> Call[JobsSummary]:
    return Call(service, "GET", "jobs/summary", JobsSummary, given(workspace_id=workspace_id))

"""Workspaces, and the queries that look for their leads."""

from leadstream.admin.answers import PageQuery, PageWorkspace, Workspace
from leadstream.admin.calls import Call, given, path

SERVICE = "discovery"


def list_workspaces(
    *, slug: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Call[PageWorkspace]:
    return Call(
        SERVICE, "GET", "workspaces", PageWorkspace, given(slug=slug, limit=limit, cursor=cursor)
    )


def get_workspace(workspace: str) -> Call[Workspace]:
    """By id or slug."""
    return Call(SERVICE, "GET", path("workspaces", workspace), Workspace)


def list_queries(
    workspace_id: str | None = None, *, limit: int | None = None, cursor: str | None = None
) -> Call[PageQuery]:
    params = given(workspace_id=workspace_id, limit=limit, cursor=cursor)
    return Call(SERVICE, "GET", "queries", PageQuery, params)

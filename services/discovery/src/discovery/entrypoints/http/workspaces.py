from typing import Any
from uuid import UUID

from fastapi import APIRouter

from discovery.adapters.catalogue import SQL
from discovery.entrypoints.http.answers import Workspace
from discovery.entrypoints.http.bodies import WorkspaceBody
from discovery.entrypoints.http.changes import describe_change
from leadstream.api import NotFoundError, Operator, Page, PagingQuery, PostgresAudit, Viewer
from leadstream.ids import workspace_id
from leadstream.postgres import Database, Tx


def workspaces_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/workspaces", tags=["workspaces"])
    audit = PostgresAudit()

    @router.get("", summary="Workspaces by slug", response_model=Page[Workspace])
    async def list_workspaces(
        caller: Viewer, paging: PagingQuery, slug: str | None = None
    ) -> dict[str, Any]:
        (after,) = paging.after(str) or (None,)
        rows = await database.look(
            SQL.list_workspaces, caller.workspace_id, slug, paging.limit + 1, after
        )
        return paging.page(rows, key=lambda row: (row["slug"],), render=dict)

    @router.get("/{workspace}", summary="One workspace", response_model=Workspace)
    async def get_workspace(caller: Viewer, workspace: UUID) -> dict[str, Any]:
        caller.must_see(workspace, "workspace")
        row = await database.pool.fetchrow(SQL.get_workspace, workspace)
        if row is None:
            raise NotFoundError("workspace")
        return dict(row)

    @router.post(
        "", status_code=201, summary="Make a workspace, or rename it", response_model=Workspace
    )
    async def put_workspace(caller: Operator, body: WorkspaceBody) -> dict[str, Any]:
        identity = workspace_id(body.slug)
        caller.must_see(identity, "workspace")
        async with database.transaction() as tx:
            before, row = await _upsert(tx, identity, body)
            change = describe_change("workspace", before, row, workspace=identity)
            if change:
                await audit.record(tx, caller, change)
        return dict(row)

    return router


async def _upsert(tx: Tx, identity: UUID, body: WorkspaceBody) -> tuple[Any, Any]:
    """The row before, and after."""
    made = await tx.fetchrow(SQL.insert_workspace, identity, body.slug, body.name)
    if made is not None:
        return None, made
    before = await tx.fetchrow(SQL.lock_workspace, identity)
    return before, await tx.fetchrow(SQL.rename_workspace, identity, body.name)

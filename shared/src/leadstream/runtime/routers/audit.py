"""Who changed what, when and why."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from leadstream.api import Page, PagingQuery, Viewer
from leadstream.api.audit import SQL
from leadstream.postgres import Database

Text = Annotated[str | None, Query(max_length=200)]


class AuditEntry(BaseModel):
    id: UUID
    at: datetime
    actor: str = Field(description="A token's name, or the part of the service.")
    action: str = Field(description="What was done, such as `pause.created`.")
    target: str = Field(description="To what: `<noun>:<id>`.")
    reason: str | None
    before: Any = Field(description="Without secrets; null where there was nothing.")
    after: Any
    workspace_id: UUID | None


def audit_router(database: Database) -> APIRouter:
    router = APIRouter(tags=["audit"])

    @router.get("/audit", summary="Changes, newest first", response_model=Page[AuditEntry])
    async def list_changes(  # noqa: PLR0913 - one argument a filter
        caller: Viewer,
        paging: PagingQuery,
        actor: Text = None,
        action: Text = None,
        target: Text = None,
        workspace_id: UUID | None = None,
        since: AwareDatetime | None = None,
    ) -> dict[str, Any]:
        rows = await database.look(
            SQL.list_changes,
            actor,
            action,
            target,
            caller.narrow(workspace_id),
            since,
            paging.limit + 1,
            *(paging.after(datetime, UUID) or (None, None)),
        )
        return paging.page(rows, key=lambda row: (row["at"], str(row["id"])), render=dict)

    return router

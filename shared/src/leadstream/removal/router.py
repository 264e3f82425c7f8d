"""`DELETE /workspaces/{id}`: everything that this service has of a workspace."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from leadstream.api import Admin, NotFoundError
from leadstream.removal.remover import Remover

# A call must end before whoever makes it, or a proxy between, gives up.
PATIENCE: Final = timedelta(seconds=15)


class Removal(BaseModel):
    workspace_id: UUID
    dry_run: bool
    done: bool = Field(description="If not: ask again. It also goes on by itself.")
    running_jobs: int = Field(description="Jobs that have begun end first.")
    rows: dict[str, int] = Field(description="By table: what it has, or what was deleted so far.")


def removal_router(remover: Remover) -> APIRouter:
    router = APIRouter(tags=["workspaces"])

    @router.delete(
        "/workspaces/{workspace_id}",
        summary="Delete a workspace with everything that this service has of it",
        response_model=Removal,
        responses={202: {"model": Removal, "description": "Begun, and not done yet: ask again."}},
    )
    async def remove_workspace(
        caller: Admin,
        workspace_id: UUID,
        response: Response,
        dry_run: Annotated[bool, Query(description="Only count what there is.")] = False,
    ) -> Removal:
        caller.must_see(workspace_id, "workspace")
        if not await remover.has_begun(workspace_id):
            rows = await remover.count(workspace_id)
            if not any(rows.values()):
                raise NotFoundError("workspace")
            if dry_run:
                return _dry(workspace_id, rows)
            await remover.begin(caller, workspace_id)
        elif dry_run:
            return _dry(workspace_id, await remover.count(workspace_id))
        progress = await remover.advance(workspace_id, patience=PATIENCE)
        response.status_code = 200 if progress.done else 202
        return Removal(
            workspace_id=workspace_id,
            dry_run=False,
            done=progress.done,
            running_jobs=progress.running_jobs,
            rows=dict(progress.deleted),
        )

    return router


def _dry(workspace_id: UUID, rows: dict[str, int]) -> Removal:
    return Removal(workspace_id=workspace_id, dry_run=True, done=False, running_jobs=0, rows=rows)

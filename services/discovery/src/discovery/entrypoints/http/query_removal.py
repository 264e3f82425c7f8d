"""`DELETE /queries/{id}`. What it found stays."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from discovery.adapters.removal import SQL
from leadstream.api import Change, NotFoundError, Operator, PostgresAudit
from leadstream.postgres import Database
from leadstream.troubles import forget_troubles


class RemovedQuery(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str


def query_removal_router(database: Database) -> APIRouter:
    """Leads keep the query's id, which says where they are from; so do its runs, until they are old.

    A run that waits finds no query and is skipped; one that has begun is written down.
    """
    router = APIRouter(prefix="/queries", tags=["queries"])
    audit = PostgresAudit()

    @router.delete(
        "/{query_id}", summary="Delete a query; its leads stay", response_model=RemovedQuery
    )
    async def delete_query(caller: Operator, query_id: UUID) -> dict[str, Any]:
        async with database.transaction() as tx:
            row = await tx.fetchrow(SQL.delete_query, query_id, caller.workspace_id)
            if row is None:
                raise NotFoundError("query")
            await forget_troubles(tx, query_id)
            before = dict(row)
            change = Change(
                "query.deleted",
                f"query:{query_id}",
                before=before,
                workspace_id=row["workspace_id"],
            )
            await audit.record(tx, caller, change)
        return before

    return router

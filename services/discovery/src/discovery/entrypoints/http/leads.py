from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from discovery.adapters.stories import SQL, read_story
from discovery.entrypoints.http.answers import Lead, LeadStory
from discovery.entrypoints.http.lead_filters import LeadFiltersQuery
from leadstream.api import NotFoundError, Page, PagingQuery, Viewer
from leadstream.postgres import Database


def leads_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/leads", tags=["leads"])

    @router.get("", summary="Leads, newest first", response_model=Page[Lead])
    async def list_leads(filters: LeadFiltersQuery, paging: PagingQuery) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        rows = await database.look(SQL.list_leads, *filters.args(paging.limit + 1, after))
        return paging.page(rows, key=lambda row: (row["created_at"], str(row["id"])), render=dict)

    @router.get(
        "/{lead_id}",
        summary="The whole story of a lead",
        response_model=LeadStory,
        response_model_exclude_unset=True,
    )
    async def get_lead(caller: Viewer, lead_id: UUID) -> dict[str, Any]:
        async with database.transaction() as tx:
            story = await read_story(tx, lead_id, workspace_id=caller.workspace_id)
        if story is None:
            raise NotFoundError("lead")
        return story

    return router

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from discovery.adapters.stories import SQL, read_story
from discovery.domain.scoring import Score
from discovery.entrypoints.http.answers import (
    DeliveryStatus,
    EnrichmentStatus,
    Lead,
    LeadStory,
)
from leadstream.api import NotFoundError, Page, PagingQuery, Viewer
from leadstream.postgres import Database

Text = Annotated[str | None, Query(max_length=255)]


def leads_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/leads", tags=["leads"])

    @router.get("", summary="Leads, newest first", response_model=Page[Lead])
    async def list_leads(  # noqa: PLR0913 - one argument a filter
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        query_id: UUID | None = None,
        score: Score | None = None,
        enrichment_status: EnrichmentStatus | None = None,
        delivery_status: DeliveryStatus | None = None,
        platform_uploaded: bool | None = None,
        platform_name: Text = None,
        domain: Text = None,
        since: AwareDatetime | None = None,
    ) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        rows = await database.look(
            SQL.list_leads,
            caller.narrow(workspace_id),
            query_id,
            score,
            enrichment_status,
            delivery_status,
            platform_uploaded,
            platform_name,
            domain,
            since,
            paging.limit + 1,
            *after,
        )
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

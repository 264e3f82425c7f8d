from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from discovery.adapters.stories import SQL, read_story
from discovery.entrypoints.http.answers import Lead, LeadStory
from discovery.entrypoints.http.lead_file import BATCH, MOST, lead_file, read_batch
from discovery.entrypoints.http.lead_filters import LeadFiltersQuery
from leadstream.api import NotFoundError, Page, Paging, PagingQuery, Viewer
from leadstream.postgres import Database


def leads_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/leads", tags=["leads"])

    @router.get("", summary="Leads, newest first", response_model=Page[Lead])
    async def list_leads(filters: LeadFiltersQuery, paging: PagingQuery) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        rows = await database.look(SQL.list_leads, *filters.args(paging.limit + 1, after))
        return paging.page(rows, key=lambda row: (row["created_at"], str(row["id"])), render=dict)

    @router.get(
        ".csv",
        summary="Leads as a file, newest first",
        response_class=Response,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    async def leads_csv(
        filters: LeadFiltersQuery,
        limit: Annotated[int, Query(ge=1, le=MOST, description="Rows at most.")] = MOST,
        cursor: Annotated[str | None, Query(description="`next` of a list: after it.")] = None,
    ) -> Response:
        """What the filters of the list match, at most as many rows as the header `X-Row-Limit` says.

        A cell that begins like a formula has an apostrophe before it. Contacts are not in it, nor what errors said.
        """
        after = Paging(limit, cursor).after(datetime, UUID) or (None, None)
        # Before the answer begins, so that a database that is away is a 503 and not half a file.
        first = await read_batch(database, filters, min(BATCH, limit), after)
        return StreamingResponse(
            lead_file(database, filters, first, limit=limit),
            media_type="text/csv; charset=utf-8; header=present",
            headers={
                "content-disposition": 'attachment; filename="leads.csv"',
                "x-row-limit": str(limit),
            },
        )

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

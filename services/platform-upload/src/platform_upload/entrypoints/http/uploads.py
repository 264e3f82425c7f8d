"""`/uploads` and `/billing-events`: what was handed to which platform, and what it costs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from leadstream.api import Page, Paging, PagingQuery, Viewer
from leadstream.postgres import Database
from platform_upload.adapters.uploads import SQL
from platform_upload.domain.platforms import Platform
from platform_upload.entrypoints.http.answers import (
    BillingEvent,
    BillingEventCount,
    Upload,
    UploadStatus,
)
from platform_upload.entrypoints.http.lists import LISTED, list_key


def uploads_router(database: Database) -> APIRouter:
    router = APIRouter(tags=["uploads"])

    @router.get(
        "/uploads",
        summary="Uploads, newest first, and what the waiting ones wait for",
        response_model=Page[Upload],
    )
    async def list_uploads(  # noqa: PLR0913 - the filters there are
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        lead_id: UUID | None = None,
        platform: Platform | None = None,
        status: UploadStatus | None = None,
        since: AwareDatetime | None = None,
    ) -> dict[str, Any]:
        rows = await database.look(
            SQL.list_uploads,
            caller.narrow(workspace_id),
            lead_id,
            platform,
            status,
            since,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        return _page(paging, [{**row, "held_by": row["held_by"] or []} for row in rows])

    @router.get(
        "/billing-events", summary="Billing events, newest first", response_model=Page[BillingEvent]
    )
    async def list_billing_events(  # noqa: PLR0913 - the filters there are
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        lead_id: UUID | None = None,
        platform: Platform | None = None,
        since: AwareDatetime | None = None,
        until: Annotated[
            AwareDatetime | None, Query(description="Up to, and not including.")
        ] = None,
    ) -> dict[str, Any]:
        rows = await database.look(
            SQL.list_billing_events,
            caller.narrow(workspace_id),
            lead_id,
            platform,
            since,
            until,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        return _page(paging, rows)

    @router.get(
        "/billing-events/count",
        summary="How many billing events there are of a night's leads",
        response_model=BillingEventCount,
    )
    async def count_billing_events(
        caller: Viewer, first_lead: UUID, last_lead: UUID, workspace_id: UUID | None = None
    ) -> dict[str, Any]:
        """Ids of leads rise with the time, so a night's are a span: discovery's `GET runs/{tick_id}` has it."""
        rows = await database.look(
            SQL.count_billing_events, caller.narrow(workspace_id), first_lead, last_lead
        )
        counts = {row["platform"]: row["count"] for row in rows}
        return {"count": sum(counts.values()), "platforms": counts}

    return router


def _page(paging: Paging, rows: list[Any]) -> dict[str, Any]:
    page: dict[str, Any] = paging.page(rows, key=list_key, render=dict)
    return page

"""`/uploads` and `/billing-events`: what was handed to which platform, and what it costs."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from leadstream.api import InvalidError, Page, Paging, PagingQuery, Viewer
from leadstream.postgres import Database
from platform_upload.adapters.uploads import SQL
from platform_upload.domain.platforms import Platform
from platform_upload.entrypoints.http.answers import (
    BillingEvent,
    BillingEventCount,
    BillingSummary,
    Upload,
    UploadsSummary,
    UploadStatus,
)
from platform_upload.entrypoints.http.lists import LISTED, list_key

# Rows that are read for a summary, and workspaces' platforms that it tells of.
MOST_READ: Final = 100_000
MOST_TOLD: Final = 1000
# Each of these rows is looked for in the other table.
LONGEST_COMPARED: Final = timedelta(days=31)


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

    _add_summaries(router, database)
    return router


def _add_summaries(router: APIRouter, database: Database) -> None:
    @router.get(
        "/uploads/summary",
        summary="How uploads went, by workspace and platform",
        response_model=UploadsSummary,
    )
    async def sum_up_uploads(
        caller: Viewer, workspace_id: UUID | None = None, since: AwareDatetime | None = None
    ) -> dict[str, Any]:
        """Of those asked for in the last 24 hours, or since a moment."""
        since = since or datetime.now(UTC) - timedelta(hours=24)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(
            SQL.sum_up_uploads, workspace, since, MOST_READ, MOST_TOLD + 1, by_index=True
        )
        is_cut = bool(rows) and rows[0]["read"] >= MOST_READ
        return {
            "since": rows[0]["since"] if is_cut else since,
            "platforms": [dict(row) for row in rows[:MOST_TOLD]],
            "more": len(rows) > MOST_TOLD,
        }

    @router.get(
        "/billing-events/summary",
        summary="Billing events held against accepted uploads",
        response_model=BillingSummary,
    )
    async def compare_billing(
        caller: Viewer,
        since: AwareDatetime,
        until: Annotated[
            AwareDatetime,
            Query(description="Up to, and not including; 31 days after since at most."),
        ],
        workspace_id: UUID | None = None,
    ) -> dict[str, Any]:
        if not since <= until <= since + LONGEST_COMPARED:
            raise InvalidError("must be within 31 days after since", field="until")
        rows = await database.look(
            SQL.compare_billing,
            caller.narrow(workspace_id),
            since,
            until,
            MOST_TOLD + 1,
            by_index=True,
        )
        return {
            "since": since,
            "until": until,
            "platforms": [dict(row) for row in rows[:MOST_TOLD]],
            "more": len(rows) > MOST_TOLD,
        }


def _page(paging: Paging, rows: list[Any]) -> dict[str, Any]:
    page: dict[str, Any] = paging.page(rows, key=list_key, render=dict)
    return page

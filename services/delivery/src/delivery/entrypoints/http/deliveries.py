"""Deliveries: what was sent where, and how it went."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime

from delivery.adapters.endings import SQL
from delivery.domain.delivery import Channel, Status
from delivery.domain.fate import Fate
from delivery.entrypoints.http.answers import DeliveriesSummary, DeliveryAnswer
from delivery.entrypoints.http.shared import LISTED, list_key
from leadstream.api import NotFoundError, Page, PagingQuery, Viewer
from leadstream.postgres import Database

# Rows that are read for a summary, and destinations that it tells of.
MOST_READ: Final = 100_000
MOST_TOLD: Final = 1000


def deliveries_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/deliveries", tags=["deliveries"])

    @router.get("", summary="Deliveries, newest first", response_model=Page[DeliveryAnswer])
    async def list_deliveries(  # noqa: PLR0913 - the filters there are
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        lead_id: UUID | None = None,
        status: Status | None = None,
        channel: Channel | None = None,
        fate: Fate | None = None,
    ) -> dict[str, Any]:
        rows = await database.look(
            SQL.list_deliveries,
            caller.narrow(workspace_id),
            lead_id,
            status,
            channel,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
            fate,
        )
        return paging.page(rows, key=list_key, render=_render)

    @router.get(
        "/summary",
        summary="How deliveries went, by destination",
        response_model=DeliveriesSummary,
    )
    async def sum_up_deliveries(
        caller: Viewer, workspace_id: UUID | None = None, since: AwareDatetime | None = None
    ) -> dict[str, Any]:
        """Of those made in the last 24 hours, or since a moment."""
        since = since or datetime.now(UTC) - timedelta(hours=24)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(
            SQL.sum_up_deliveries, workspace, since, MOST_READ, MOST_TOLD + 1, by_index=True
        )
        is_cut = bool(rows) and rows[0]["read"] >= MOST_READ
        return {
            "since": rows[0]["since"] if is_cut else since,
            "destinations": [dict(row) for row in rows[:MOST_TOLD]],
            "more": len(rows) > MOST_TOLD,
        }

    @router.get("/{delivery_id}", summary="One delivery", response_model=DeliveryAnswer)
    async def get_delivery(caller: Viewer, delivery_id: UUID) -> dict[str, Any]:
        row = await database.pool.fetchrow(SQL.get_delivery, delivery_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("delivery")
        return _render(row)

    return router


def _render(row: Any) -> dict[str, Any]:
    # The run history is under jobs/<id>; of what is told with others it is the digest's.
    return {**row, "job_id": row["digest_id"] or row["id"]}

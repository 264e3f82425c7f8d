"""Deliveries: what was sent where, and how it went."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from delivery.adapters.endings import SQL
from delivery.domain.delivery import Channel, Status
from delivery.entrypoints.http.answers import DeliveryAnswer
from delivery.entrypoints.http.shared import LISTED, list_key
from leadstream.api import NotFoundError, Page, PagingQuery, Viewer
from leadstream.postgres import Database


def deliveries_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/deliveries", tags=["deliveries"])

    @router.get("", summary="Deliveries, newest first", response_model=Page[DeliveryAnswer])
    async def list_deliveries(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        lead_id: UUID | None = None,
        status: Status | None = None,
        channel: Channel | None = None,
    ) -> dict[str, Any]:
        rows = await database.look(
            SQL.list_deliveries,
            caller.narrow(workspace_id),
            lead_id,
            status,
            channel,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        return paging.page(rows, key=list_key, render=_render)

    @router.get("/{delivery_id}", summary="One delivery", response_model=DeliveryAnswer)
    async def get_delivery(caller: Viewer, delivery_id: UUID) -> dict[str, Any]:
        row = await database.pool.fetchrow(SQL.get_delivery, delivery_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("delivery")
        return _render(row)

    return router


def _render(row: Any) -> dict[str, Any]:
    # One id for both: the run history is under jobs/<id>.
    return {**row, "job_id": row["id"]}

"""The nights: ticks with the runs of their queries, and the funnel of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter

from discovery.adapters.nights import list_nights, read_night
from discovery.domain.funnel import Figure
from discovery.entrypoints.http.answers import ListedTick, Tick
from leadstream.api import NotFoundError, Page, PagingQuery, Viewer
from leadstream.postgres import Database


def runs_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/runs", tags=["runs"])

    @router.get("", summary="Ticks with their runs, newest first", response_model=Page[ListedTick])
    async def list_ticks(
        caller: Viewer, paging: PagingQuery, workspace_id: UUID | None = None
    ) -> dict[str, Any]:
        """With a workspace, of its runs only. A run is here from its first attempt on; until then it is in `GET jobs`.

        A tick that found no query to run is not here: the scheduler's `GET schedules/{name}/ticks` has it. What was
        pushed or imported is no night's: its runs are in `GET queries/{id}/runs`; `GET runs/{tick_id}` is their funnel.
        """
        after = paging.after(datetime, UUID) or (None, None)
        workspace = caller.narrow(workspace_id)
        async with database.looking() as tx:
            nights = await list_nights(tx, workspace, paging.limit + 1, after)
        page: dict[str, Any] = paging.page(
            nights, key=lambda night: (night["started_at"], str(night["id"])), render=dict
        )
        return page

    @router.get("/{tick_id}", summary="What became of a night's finds", response_model=Tick)
    async def get_tick(
        caller: Viewer, tick_id: UUID, workspace_id: UUID | None = None
    ) -> dict[str, Any]:
        """The funnel of a tick: each figure is the sum of its parts, and comes with what lists its leads.

        Leads count as they are now, and once, for the run that found them first; what a risen lead does in its next
        revision is the figures of the night that found it. What it cost is in enrichment's API, what was billed in
        platform-upload's.
        """
        workspace = caller.narrow(workspace_id)
        where = {"tick_id": str(tick_id)}
        if workspace_id:
            where["workspace_id"] = str(workspace_id)
        async with database.looking() as tx:
            night = await read_night(tx, tick_id, workspace_id=workspace, where=where)
        if night is None:
            raise NotFoundError("tick")
        figures = {step: _plain(it) for step, it in night.figures.items()}
        return {**night.row, "funnel": figures, "span": night.span}

    return router


def _plain(figure: Figure) -> dict[str, Any]:
    return {
        "count": figure.count,
        "leads": _listing(figure.where),
        "parts": {name: _plain(part) for name, part in figure.parts.items()},
    }


def _listing(where: Mapping[str, str] | None) -> str | None:
    return None if where is None else f"leads?{urlencode(where)}"

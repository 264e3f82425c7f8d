"""What became of one lead here, and what it cost."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from enrichment.adapters.costs import read_costs
from enrichment.entrypoints.http.answers import LeadCosts
from leadstream.api import NotFoundError, Viewer
from leadstream.postgres import Database


def leads_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/leads", tags=["enrichment"])

    @router.get(
        "/{lead_id}",
        summary="A lead's enrichments, the calls and the credits they took",
        response_model=LeadCosts,
    )
    async def get_costs(caller: Viewer, lead_id: UUID) -> dict[str, Any]:
        async with database.looking() as tx:
            costs = await read_costs(tx, lead_id, workspace_id=caller.workspace_id)
        if costs is None:
            raise NotFoundError("lead")
        return asdict(costs)

    return router

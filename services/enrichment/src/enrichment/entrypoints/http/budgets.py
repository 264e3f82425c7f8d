"""Provider budgets: how many companies the nightly pipeline may have asked about for a workspace in a day."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from enrichment.adapters.budgets import REASON, SQL, budget_lane
from enrichment.domain.days import day_of
from enrichment.entrypoints.http.answers import Budget
from leadstream.api import Change, Operator, PostgresAudit, Viewer
from leadstream.clock import Clock
from leadstream.pauses import lift
from leadstream.postgres import Database, Tx
from leadstream.troubles import mend_troubles

MAX_CALLS = 2**31 - 1


class BudgetBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    daily_calls: int | None = Field(ge=0, le=MAX_CALLS, description="Null: no limit.")


def budgets_router(
    database: Database, clock: Clock, wake: Callable[[], None], *, default: int | None
) -> APIRouter:
    router = APIRouter(prefix="/provider-budgets", tags=["credits"])
    audit = PostgresAudit()

    @router.get(
        "/{workspace_id}",
        summary="A workspace's budget, and what of it is spent today",
        response_model=Budget,
    )
    async def get_budget(caller: Viewer, workspace_id: UUID) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        async with database.transaction() as tx:
            return await _look_up(tx, workspace_id)

    @router.put(
        "/{workspace_id}",
        summary="Set a workspace's budget; what it holds back goes on",
        response_model=Budget,
    )
    async def put_budget(caller: Operator, workspace_id: UUID, body: BudgetBody) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        async with database.transaction() as tx:
            before = await _look_up(tx, workspace_id)
            await tx.execute(SQL.put_budget, workspace_id, body.daily_calls)
            await mend_troubles(tx, workspace_id)
            await lift(tx, budget_lane(workspace_id), reason=REASON)
            change = Change(
                "provider_budget.set",
                f"workspace:{workspace_id}",
                before={"daily_calls": before["daily_calls"]},
                after={"daily_calls": body.daily_calls},
                workspace_id=workspace_id,
            )
            await audit.record(tx, caller, change)
            budget = await _look_up(tx, workspace_id)
        wake()
        return budget

    async def _look_up(tx: Tx, workspace_id: UUID) -> dict[str, Any]:
        row = await tx.fetchrow(SQL.get_budget, workspace_id, day_of(clock.now()))
        assert row is not None  # noqa: S101 - the statement always gives one row
        return {
            "id": workspace_id,
            "workspace_id": workspace_id,
            "daily_calls": row["daily_calls"] if row["is_own"] else default,
            "is_default": not row["is_own"],
            "calls_today": row["calls_today"],
        }

    return router

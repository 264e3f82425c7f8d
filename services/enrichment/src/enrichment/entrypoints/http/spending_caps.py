"""Caps in money: what providers may cost a workspace in a day and in a month."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from enrichment.adapters.spending_caps import look_at_caps, put_caps
from enrichment.domain.days import day_of
from enrichment.domain.money import Caps
from enrichment.entrypoints.http.answers import SpendingCaps, in_cents
from leadstream.api import Change, Operator, PostgresAudit, Viewer
from leadstream.clock import Clock
from leadstream.postgres import Database, Tx

Amount = Annotated[Decimal, Field(ge=0, lt=10**12, decimal_places=2)]


class CapsBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    daily: Amount | None = Field(description="Null: no limit.")
    monthly: Amount | None = Field(description="Null: no limit.")


def spending_caps_router(
    database: Database, clock: Clock, wake: Callable[[], None], *, default: Caps, currency: str
) -> APIRouter:
    router = APIRouter(prefix="/spending-caps", tags=["credits"])
    audit = PostgresAudit()

    @router.get(
        "/{workspace_id}",
        summary="A workspace's caps in money, and what of them is spent",
        response_model=SpendingCaps,
    )
    async def get_caps(caller: Viewer, workspace_id: UUID) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        async with database.transaction() as tx:
            return await _look_up(tx, workspace_id)

    @router.put(
        "/{workspace_id}",
        summary="Set a workspace's caps in money; what they hold back goes on",
        response_model=SpendingCaps,
    )
    async def put_spending_caps(
        caller: Operator, workspace_id: UUID, body: CapsBody
    ) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        async with database.transaction() as tx:
            before = await _look_up(tx, workspace_id)
            await put_caps(tx, workspace_id, Caps(daily=body.daily, monthly=body.monthly))
            after = await _look_up(tx, workspace_id)
            change = Change(
                "spending_caps.set",
                f"workspace:{workspace_id}",
                before=_told(before),
                after=_told(after),
                workspace_id=workspace_id,
            )
            if before["is_default"] or _told(before) != _told(after):
                await audit.record(tx, caller, change)
        wake()
        return after

    async def _look_up(tx: Tx, workspace_id: UUID) -> dict[str, Any]:
        use, is_own = await look_at_caps(tx, workspace_id, day_of(clock.now()), default)
        return {
            "id": workspace_id,
            "workspace_id": workspace_id,
            "currency": currency,
            "daily": use.caps.daily,
            "monthly": use.caps.monthly,
            "is_default": not is_own,
            "spent_today": use.day_spent,
            "reserved_today": use.day_reserved,
            "spent_this_month": use.month_spent,
            "reserved_this_month": use.month_reserved,
        }

    return router


def _told(caps: dict[str, Any]) -> dict[str, str | None]:
    """As JSON has it, for the audit row."""
    return {
        name: None if caps[name] is None else in_cents(caps[name]) for name in ("daily", "monthly")
    }

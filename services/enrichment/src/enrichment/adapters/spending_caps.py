"""Caps of workspaces on what providers cost them, and what of these is taken."""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from enrichment.adapters.budgets import budget_lane
from enrichment.domain.money import Caps, CapUse
from leadstream.pauses import lift
from leadstream.postgres import Tx, load_queries

SQL = load_queries("enrichment.adapters", "spending_caps.sql")
REASON: Final = "spending_cap_reached"


async def look_at_caps(
    tx: Any, workspace_id: UUID, day: date, defaults: Caps
) -> tuple[CapUse, bool]:
    """What of its caps a workspace has taken on a day, and whether they are its own."""
    (row,) = await tx.fetch(SQL.look_at_caps, workspace_id, day, defaults.daily, defaults.monthly)
    return read_use(row), row["is_own"]


def read_use(row: Any) -> CapUse:
    return CapUse(
        caps=Caps(daily=row["daily"], monthly=row["monthly"]),
        day_spent=row["day_spent"],
        day_reserved=row["day_reserved"],
        month_spent=row["month_spent"],
        month_reserved=row["month_reserved"],
    )


async def put_caps(tx: Tx, workspace_id: UUID, caps: Caps) -> None:
    """Give a workspace caps of its own. What caps held back looks again whether there is room."""
    await tx.execute(SQL.put_caps, workspace_id, caps.daily, caps.monthly)
    # Money is money: what people ask for by hand waits, too, in its own lane.
    for lane in (budget_lane(workspace_id), f"workspace:{workspace_id}"):
        await lift(tx, lane, reason=REASON)


async def highest_use(tx: Any, day: date, defaults: Caps) -> dict[str, Decimal]:
    """The share of its cap that the workspace has taken which has taken most of it, by period."""
    (row,) = await tx.fetch(SQL.highest_use, day, defaults.daily, defaults.monthly)
    return {"day": row["day"], "month": row["month"]}

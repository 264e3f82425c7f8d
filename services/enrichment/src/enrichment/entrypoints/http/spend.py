"""Spend: what providers cost in money, by workspace, provider and day; what is left of the caps, and a forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from enrichment.adapters.spend import SQL
from enrichment.domain.days import day_of
from enrichment.domain.forecast import HISTORY, month_forecast
from enrichment.domain.money import Caps
from enrichment.entrypoints.http.answers import Spend
from leadstream.api import InvalidError, Viewer
from leadstream.clock import Clock
from leadstream.postgres import Database

# The dearest; whoever has more asks for one.
MOST_WORKSPACES: Final = 200
MOST_ROWS: Final = 5000
# What is summed up is kept for longer than anybody looks at in one go.
LONGEST: Final = timedelta(days=366)


class By(StrEnum):
    PROVIDER = "provider"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    since: date
    # Not included.
    until: date


def spend_router(database: Database, clock: Clock, *, default: Caps, currency: str) -> APIRouter:
    router = APIRouter(tags=["credits"])

    @router.get(
        "/spend",
        summary="What providers cost in money, with caps and forecasts, those that spent most first",
        response_model=Spend,
    )
    async def sum_up_spend(
        caller: Viewer,
        workspace_id: UUID | None = None,
        since: Annotated[
            date | None, Query(description="Left out: the first of the month.")
        ] = None,
        until: Annotated[
            date | None, Query(description="Up to, and not including. Left out: tomorrow.")
        ] = None,
        by: By = By.PROVIDER,
    ) -> dict[str, Any]:
        today = day_of(clock.now())
        period = _period(since, until, today)
        workspaces = await database.look(
            SQL.sum_up_spend,
            caller.narrow(workspace_id),
            period.since,
            period.until,
            today,
            min(today.replace(day=1), today - HISTORY),
            MOST_WORKSPACES + 1,
            default.daily,
            default.monthly,
        )
        shown = workspaces[:MOST_WORKSPACES]
        rows = await database.look(
            SQL.spend_of,
            [row["workspace_id"] for row in shown],
            period.since,
            period.until,
            by is By.DAY,
            MOST_ROWS + 1,
        )
        return {
            "currency": currency,
            "since": period.since,
            "until": period.until,
            "today": today,
            "workspaces": [_shown(row, today) for row in shown],
            "rows": [dict(row) for row in rows[:MOST_ROWS]],
            "more": len(workspaces) > MOST_WORKSPACES or len(rows) > MOST_ROWS,
        }

    return router


def _period(since: date | None, until: date | None, today: date) -> _Period:
    since, until = since or today.replace(day=1), until or today + timedelta(days=1)
    if until < since:
        raise InvalidError("is before since", field="until")
    if until - since > LONGEST:
        raise InvalidError(f"is more than {LONGEST.days} days after since", field="until")
    return _Period(since=since, until=until)


def _shown(row: Any, today: date) -> dict[str, Any]:
    spent: dict[date, Decimal] = dict(zip(row["days"], row["costs"], strict=True))
    return {
        "workspace_id": row["workspace_id"],
        "calls": row["calls"],
        "training_calls": row["training_calls"],
        "cost": row["cost"],
        "caps_are_default": not row["is_own"],
        "day": {
            "spent": spent.get(today, Decimal(0)),
            "reserved": row["day_reserved"],
            "cap": row["daily"],
        },
        "month": {
            "spent": _sum([cost for day, cost in spent.items() if day >= today.replace(day=1)]),
            "reserved": row["month_reserved"],
            "cap": row["monthly"],
            "forecast": round(month_forecast(spent, today), 2),
        },
    }


def _sum(costs: Sequence[Decimal]) -> Decimal:
    return sum(costs, Decimal(0))

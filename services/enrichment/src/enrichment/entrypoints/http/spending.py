"""Spending: what the provider was asked and paid for, by workspace, and what is left of the day's budgets."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from enrichment.domain.days import day_of
from enrichment.entrypoints.http.answers import Spending
from leadstream.api import InvalidError, Viewer
from leadstream.clock import Clock
from leadstream.postgres import Database, load_queries

SQL = load_queries("enrichment.adapters", "spending.sql")
# The busiest; whoever has more asks for one.
MOST: Final = 1000
PACE: Final = timedelta(hours=1)


def spending_router(database: Database, clock: Clock, *, default: int | None) -> APIRouter:
    router = APIRouter(tags=["credits"])

    @router.get(
        "/spending",
        summary="Calls, credits and budgets by workspace, those that spent most first",
        response_model=Spending,
    )
    async def sum_up_spending(
        caller: Viewer,
        workspace_id: UUID | None = None,
        since: Annotated[
            AwareDatetime | None, Query(description="Left out: the start of the budget's day.")
        ] = None,
        until: Annotated[
            AwareDatetime | None, Query(description="Up to, and not including.")
        ] = None,
    ) -> dict[str, Any]:
        now = clock.now()
        day = day_of(now)
        since, until = since or _start_of(now), until or now
        if until < since:
            raise InvalidError("is before since", field="until")
        rows = await database.look(
            SQL.sum_up_spending,
            caller.narrow(workspace_id),
            since,
            until,
            now - PACE,
            MOST + 1,
            day,
        )
        return {
            "since": since,
            "until": until,
            "day": day,
            "pace_seconds": PACE.total_seconds(),
            "workspaces": [_shown(row, default) for row in rows[:MOST]],
            "more": len(rows) > MOST,
        }

    return router


def _start_of(now: datetime) -> datetime:
    return datetime.combine(day_of(now), time(), tzinfo=UTC)


def _shown(row: Any, default: int | None) -> dict[str, Any]:
    names = ("paid", "unknown", "unpaid", "open", "verifications")
    return {
        "workspace_id": row["workspace_id"],
        "calls": {name: row[name] for name in names},
        "leads": {name: row[name] for name in ("enriched", "cached", "skipped")},
        "credits": row["credits"],
        "budget": {
            "daily_calls": row["daily_calls"] if row["is_own"] else default,
            "is_default": not row["is_own"],
            "calls_today": row["calls_today"],
            "recent": row["recent"],
        },
    }

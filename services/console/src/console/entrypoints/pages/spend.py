"""What it costs: calls, credits, budgets, and bills held against what the platforms accepted."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from console.application.commands import curl
from console.application.spend import bills_of, find_spend
from console.domain.periods import Period, read_period
from console.domain.spreadsheets import csv_rows
from console.entrypoints.filters import Filters, Query
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking
from leadstream.admin.spending import sum_up_spend, sum_up_spending
from leadstream.admin.uploads import compare_billing, list_billing_events
from leadstream.api.errors import InvalidError

router = APIRouter()

COLUMNS: Final = (
    "created_at",
    "id",
    "workspace_id",
    "lead_id",
    "platform",
    "event_type",
    "quantity",
    "adapter",
    "external_id",
    "revision",
)


@router.get("/spend")
async def spend_page(request: Request, api: Asking, filters: Filters) -> Response:
    period, workspace = _period(filters), filters.get("workspace_id")
    found = await find_spend(api, period, workspace, datetime.now(UTC))
    return render(
        request,
        "pages/spend.html",
        found=found,
        period=period,
        money_curl=curl(sum_up_spend(*period.days, workspace)),
        spending_curl=curl(sum_up_spending(period.since, period.until, workspace)),
        billing_curl=curl(compare_billing(period.since, period.until, workspace)),
    )


@router.get("/spend/bills")
async def bills_page(request: Request, api: Asking, filters: Filters) -> Response:
    period = _period(filters)
    call = list_billing_events(
        filters.get("workspace_id"),
        platform=filters.get("platform"),
        since=period.since,
        until=period.until,
        limit=50,
        cursor=filters.cursor,
    )
    page = await api.ask(call)
    return render(request, "pages/bills.html", page=page, period=period, curl=curl(call))


@router.get("/spend/bills.csv")
async def bills_file(api: Asking, filters: Filters) -> Response:
    period = _period(filters)
    pages = bills_of(api, period, filters.get("workspace_id"), filters.get("platform"))
    # Before the answer begins, so that a refusal is a page and not half a file.
    first = await anext(pages)

    async def lines() -> AsyncIterator[str]:
        yield csv_rows([COLUMNS, *map(_row, first)])
        async for page in pages:
            yield csv_rows(map(_row, page))

    name = f"billing-events-{period.name}.csv"
    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _row(bill: Mapping[str, Any]) -> Sequence[object]:
    flat = {**bill["metadata"], **bill, "created_at": bill["created_at"].isoformat()}
    return [flat.get(name) for name in COLUMNS]


def _period(filters: Query) -> Period:
    try:
        return read_period(filters.get("period"), datetime.now(UTC).date())
    except ValueError as exc:
        raise InvalidError(str(exc), field="period") from None

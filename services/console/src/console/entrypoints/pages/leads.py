"""Leads: look for one, or for all that are alike, as a list or a file."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from console.application.commands import curl
from console.application.leads import company, find_leads, whole_id
from console.domain.reasons import reason
from console.entrypoints.filters import Filters, Query
from console.entrypoints.lead_file import file_name, lead_file
from console.entrypoints.templating import render, see
from console.entrypoints.visitors import Asking
from leadstream.admin.leads import FILTERS, leads_file, list_leads

router = APIRouter()

SCORES: Final = ("hot", "warm", "cold")
STAGES: Final = (
    "discovered",
    "enriched",
    "skipped",
    "no_channel",
    "failed",
    "delivered",
    "uploaded",
)
ENRICHMENTS: Final = ("pending", "completed", "skipped", "failed")
DELIVERIES: Final = ("pending", "delivered", "partial", "failed", "no_channel")
PLATFORMS: Final = tuple(
    f"{industry}-platform"
    for industry in ("tech", "finance", "healthcare", "retail", "marketing", "general")
)
# Shown when one of them is given: most people need none.
FURTHER: Final = (
    "enrichment_status",
    "delivery_status",
    "platform_uploaded",
    "platform_name",
    "query_id",
    "tick_id",
    "channel",
)


@router.get("/leads")
async def leads_page(request: Request, api: Asking, filters: Filters) -> Response:
    if pasted := whole_id(filters.get("q")):
        return see(f"/leads/{pasted}")
    given = _given(filters)
    found = await find_leads(api, given, filters.cursor)
    return render(
        request,
        "pages/leads.html",
        found=found,
        company=company,
        in_words=reason,
        scores=SCORES,
        stages=STAGES,
        enrichments=ENRICHMENTS,
        deliveries=DELIVERIES,
        platforms=PLATFORMS,
        is_further=bool(filters.taken(*FURTHER)),
        curl=curl(list_leads(given, cursor=filters.cursor)),
        curl_file=curl(leads_file(given)),
    )


@router.get("/leads.csv")
async def leads_csv(api: Asking, filters: Filters) -> Response:
    pieces = lead_file(api, _given(filters))
    # Before the answer begins, so that what was refused is a page and not half a file.
    first = await anext(pieces, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    name = file_name(datetime.now(UTC).strftime)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(whole(), media_type="text/csv; charset=utf-8", headers=headers)


def _given(filters: Query) -> dict[str, Any]:
    """A day is meant from its beginning, in UTC."""
    given = filters.taken(*FILTERS)
    since = given.get("since")
    if since and len(since) == len("2026-11-29"):
        given["since"] = f"{since}T00:00:00Z"
    return given

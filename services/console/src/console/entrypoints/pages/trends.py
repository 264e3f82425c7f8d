"""What is talked about, week by week."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import curl
from console.application.trends import read_trends, trends_call
from console.entrypoints.filters import Filters
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking

router = APIRouter()


@router.get("/trends")
async def trends_page(request: Request, api: Asking, filters: Filters) -> Response:
    given = filters.taken("workspace_id", "topic_id", "direction")
    today = datetime.now(UTC).date()
    trends = await read_trends(api, given, today)
    return render(request, "pages/trends.html", trends=trends, curl=curl(trends_call(given, today)))

"""The nights: ticks with their queries' runs, and the funnel of one."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import curl
from console.application.runs import look_at_night
from console.domain.funnel import word
from console.entrypoints.filters import Filters
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking
from leadstream.admin.errors import AdminError, AwayError
from leadstream.admin.runs import get_tick, list_ticks

router = APIRouter()

# Of each all runs are added up.
NIGHTS = 20


@router.get("/runs")
async def runs_page(request: Request, api: Asking, filters: Filters) -> Response:
    call = list_ticks(workspace_id=filters.get("workspace_id"), cursor=filters.cursor, limit=NIGHTS)
    found = await api.try_(call)
    if isinstance(found, AdminError) and not isinstance(found, AwayError):
        raise found
    return render(request, "pages/runs.html", found=found, curl=curl(call))


@router.get("/runs/{tick_id}")
async def run_page(request: Request, api: Asking, filters: Filters, tick_id: UUID) -> Response:
    workspace_id = filters.get("workspace_id")
    call = get_tick(tick_id, workspace_id=workspace_id)
    try:
        night = await look_at_night(api, tick_id, workspace_id)
    except AwayError as exc:
        return render(request, "pages/run.html", away=exc, night=None, curl=curl(call))
    context = {"night": night, "word": word, "curl": curl(call)}
    return render(request, "pages/run.html", away=None, **context)

"""Who did what, and why, in all services."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.merged import merged
from console.entrypoints.filters import Filters
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking
from leadstream.admin.audit import list_changes
from leadstream.settings import SERVICE_PORTS

router = APIRouter()


@router.get("/audit")
async def audit_page(request: Request, api: Asking, filters: Filters) -> Response:
    services = filters.services()
    given = filters.taken("actor", "action", "target", "workspace_id", "since")
    found = await merged(
        api,
        services,
        partial(_ask, given),
        key=lambda row: (row["at"], row["id"]),
        cursor=filters.cursor,
    )
    return render(request, "pages/audit.html", found=found, services=list(SERVICE_PORTS))


def _ask(given: dict[str, Any], service: str, cursor: str | None, limit: int) -> Any:
    return list_changes(service, **given, cursor=cursor, limit=limit)

"""Who did what, and why, in all services."""

import re
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import curls, leadstream
from console.application.merged import PAGE, merged
from console.entrypoints.filters import Filters
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking
from leadstream.admin.audit import list_changes
from leadstream.settings import SERVICE_PORTS

router = APIRouter()
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@router.get("/audit")
async def audit_page(request: Request, api: Asking, filters: Filters) -> Response:
    services = filters.services()
    given = filters.taken("actor", "action", "target", "workspace_id")
    if since := filters.get("since"):
        # A day, as the field of the form has it, begins at midnight UTC.
        given["since"] = f"{since}T00:00:00Z" if _DAY.fullmatch(since) else since
    found = await merged(
        api,
        services,
        partial(_ask, given),
        key=lambda row: (row["at"], row["id"]),
        cursor=filters.cursor,
    )
    return render(
        request,
        "pages/audit.html",
        found=found,
        services=list(SERVICE_PORTS),
        command=_command(filters),
        curl=curls(_ask(given, service, None, PAGE) for service in services),
    )


def _command(filters: Filters) -> str:
    """With what the command knows of the filter: it takes one service or all, and a day without its zone."""
    named = {name: filters.get(name) for name in ("actor", "action", "target")}
    since = filters.get("since")
    words = ["audit", *([service] if (service := filters.get("service")) else [])]
    return leadstream(
        *words, **named, workspace=filters.get("workspace_id"), since=since and since[:10]
    )


def _ask(given: dict[str, Any], service: str, cursor: str | None, limit: int) -> Any:
    return list_changes(service, **given, cursor=cursor, limit=limit)

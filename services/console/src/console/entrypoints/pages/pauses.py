"""What is held, why and until when, with what waits behind it; to hold, and to let go."""

import re
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import curls, leadstream
from console.application.pauses import board
from console.domain.pauses import ALL_CAUSES
from console.entrypoints.asked import Service, chosen, until, why
from console.entrypoints.filters import Filters
from console.entrypoints.forms import Sent
from console.entrypoints.templating import render, see
from console.entrypoints.visitors import Asking
from leadstream.admin.pauses import hold, lift, list_pauses
from leadstream.api.errors import InvalidError
from leadstream.settings import SERVICE_PORTS

router = APIRouter()

# The service knows it exactly, and would answer with a pattern.
_SCOPE: Final = re.compile(
    r"all|(kind|provider|topic):[a-z][a-z0-9.-]*|(workspace|connection|destination):[0-9a-f-]{36}"
)


@router.get("/pauses")
async def pauses_page(request: Request, api: Asking, filters: Filters) -> Response:
    services, cause = filters.services(), filters.get("cause")
    if cause not in {None, *ALL_CAUSES}:
        raise InvalidError(f"there is no such cause: {', '.join(ALL_CAUSES)}", field="cause")
    one = services if len(services) == 1 else []
    return render(
        request,
        "pages/pauses.html",
        board=await board(api, services, cause),
        services=list(SERVICE_PORTS),
        causes=ALL_CAUSES,
        command=leadstream("pauses", "list", *one),
        curl=curls(map(list_pauses, services)),
    )


@router.post("/pauses")
async def hold_scope(api: Asking, form: Sent) -> Response:
    reason, scope, asked = why(form), form.text("scope"), form.text("until")
    if (service := form.text("service")) is None:
        raise InvalidError("which one?", field="service")
    if scope is None:
        raise InvalidError("what is to be held?", field="scope")
    if not _SCOPE.fullmatch(scope):
        raise InvalidError(
            "must be all, kind:deliver-email, provider:clay, topic:lead.enriched,"
            " or workspace:, connection: or destination: and its whole id",
            field="scope",
        )
    chosen(service)
    end = until(asked) if asked else None
    pause = await api.ask(hold(service, scope, reason=reason, until=end))
    return see("/pauses", f"{service}: {pause['scope']} is held.")


@router.post("/pauses/{service}/{pause_id}/lift")
async def lift_pause(api: Asking, service: Service, pause_id: UUID, form: Sent) -> Response:
    pause = await api.ask(lift(service, pause_id, reason=why(form)))
    return see("/pauses", f"{service}: {pause['scope']} goes on.")

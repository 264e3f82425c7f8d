"""What somebody on call looks at first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import curl
from console.application.tonight import NIGHTLY, look
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking
from leadstream.admin.runs import list_ticks
from leadstream.settings import SERVICE_PORTS

router = APIRouter()


@router.get("/")
async def tonight_page(request: Request, api: Asking) -> Response:
    tonight = await look(api, list(SERVICE_PORTS))
    return render(
        request,
        "pages/tonight.html",
        tonight=tonight,
        nightly=NIGHTLY,
        curl=curl(list_ticks(limit=1)),
    )

"""What there is of a person, and who got them.

The address is in forms only, and pages about a person are the answers to them: a URL with an address would be in the
browser's history, in the logs of every proxy, and in the referrer of the next page. So a page about a person can't be
linked to or kept, and each look is a POST with a reason, which the services write into their audit without the address.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application import people
from console.application.workspaces import slugs_of
from console.entrypoints.forms import Form, Sent
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking
from leadstream.admin.answers import WithReason
from leadstream.admin.receipts import HOLDERS
from leadstream.admin.workspaces import list_workspaces
from leadstream.api.errors import InvalidError

router = APIRouter()
COMMAND = 'leadstream person show "$EMAIL" --reason "$REASON" --json person.json'


@router.get("/people")
async def people_page(request: Request, api: Asking) -> Response:
    workspaces = await api.try_(list_workspaces(limit=500))
    return render(request, "pages/people.html", workspaces=slugs_of(workspaces), command=COMMAND)


@router.post("/people")
async def show_person(request: Request, api: Asking, form: Sent) -> Response:
    asked = _asked(form)
    shown = await people.look(api, asked, _places(form))
    workspaces = await api.try_(list_workspaces(limit=500))
    return render(
        request,
        "pages/person.html",
        asked=asked,
        shown=shown,
        goes_on=bool(_places(form)),
        workspaces=slugs_of(workspaces),
        command=COMMAND,
    )


@router.post("/people/object")
async def object_to(request: Request, api: Asking, form: Sent) -> Response:
    asked = _asked(form)
    return _told(request, asked, await people.object_to(api, asked), is_lifted=False)


@router.post("/people/lift")
async def lift(request: Request, api: Asking, form: Sent) -> Response:
    asked = _asked(form)
    return _told(request, asked, await people.lift(api, asked), is_lifted=True)


def _told(request: Request, asked: WithReason, told: people.Told, *, is_lifted: bool) -> Response:
    again = f"/people/{'lift' if is_lifted else 'object'}"
    context: Mapping[str, Any] = {"asked": asked, "told": told, "again": again}
    return render(request, "pages/objection.html", is_lifted=is_lifted, **context)


def _asked(form: Form) -> WithReason:
    """Raises InvalidError."""
    email, reason = form.text("email"), form.reason
    if not email:
        raise InvalidError("about whom?", field="email")
    if not reason:
        raise InvalidError(
            "who asked, and when? By a ticket's number, not by name.", field="reason"
        )
    return {"email": email, "reason": reason, "workspace_id": form.text("workspace_id")}


def _places(form: Form) -> dict[str, str]:
    """Where services go on; none: it is the first look."""
    places = {service: form.text(f"after.{service}") for service in HOLDERS}
    return {service: place for service, place in places.items() if place}

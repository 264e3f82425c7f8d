"""A person asks to be forgotten. The address is in forms only: never in a URL, which is logged and kept."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import leadstream
from console.application.erasures import Shown, erase, join, list_past, look_for, show
from console.entrypoints.forms import Form, Sent
from console.entrypoints.templating import render, see
from console.entrypoints.visitors import Asking, Looking
from leadstream.admin.answers import Erasure
from leadstream.api.errors import InvalidError, NotFoundError

router = APIRouter()


@router.get("/erasures")
async def erasures_page(request: Request, api: Asking) -> Response:
    past, errors = await list_past(api)
    command = 'leadstream erase "$EMAIL" --reason "$REASON" --dry-run'
    return render(request, "pages/erasures.html", past=past, errors=errors, command=command)


@router.post("/erasures/look")
async def look(request: Request, api: Asking, form: Sent) -> Response:
    """The page of what would be removed: shown at once, since a URL would have to name the person."""
    asked = _asked(form)
    found = await look_for(api, asked)
    # Services that refuse it say what is wrong with the form.
    if len(found.errors) == len(found.answers):
        raise found.errors[0]
    receipt = form.text("receipt")
    return render(
        request, "pages/erasure_look.html", asked=asked, found=found, receipt=receipt or ""
    )


@router.post("/erasures")
async def erase_one(api: Asking, form: Sent) -> Response:
    asked = _asked(form)
    if form.get("count") != form.get("expected", "none"):
        raise InvalidError("type the number that the page shows", field="count")
    receipt_id = _receipt(form)
    stopped = await erase(api, asked, receipt_id)
    if stopped:
        text = f"{stopped.service}: {stopped.message}. Go on below, with the same address."
        return see(f"/erasures/{receipt_id}", text)
    return see(f"/erasures/{receipt_id}", "Erased, and remembered as a hash only.")


@router.get("/erasures/{receipt_id}")
async def receipt_page(request: Request, api: Asking, receipt_id: UUID) -> Response:
    shown = await _shown(api, receipt_id)
    command = leadstream("erase", verify=receipt_id)
    return render(request, "pages/erasure.html", shown=shown, command=command)


@router.post("/erasures/{receipt_id}/join")
async def join_parts(api: Asking, receipt_id: UUID, visitor: Looking) -> Response:
    error = await join(api, await _shown(api, receipt_id))
    if error:
        raise error
    return see(f"/erasures/{receipt_id}", "Each service has taken down the others' parts.")


async def _shown(api: Asking, receipt_id: UUID) -> Shown:
    shown = await show(api, receipt_id)
    if len(shown.errors) == len(shown.steps):
        raise shown.errors[0]
    if not shown.is_known:
        raise NotFoundError("receipt")
    return shown


def _asked(form: Form) -> Erasure:
    """Raises InvalidError."""
    email, reason, workspace = form.text("email"), form.reason, form.text("workspace_id")
    if not email:
        raise InvalidError("whose data is to be erased?", field="email")
    if not reason:
        raise InvalidError(
            "who asked, and when? By a ticket's number, not by name.", field="reason"
        )
    asked: Erasure = {"email": email, "reason": reason}
    return {**asked, "workspace_id": workspace} if workspace else asked


def _receipt(form: Form) -> UUID:
    """A new one, unless one is to be gone on with. Raises InvalidError."""
    try:
        return UUID(form["receipt"]) if form.text("receipt") else uuid4()
    except ValueError:
        raise InvalidError("is the id of a receipt", field="receipt") from None

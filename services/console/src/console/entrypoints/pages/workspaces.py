"""Workspaces: what each has, as a manifest; the difference to one that is pasted, and applying it."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.applying import Asked, Outcome, apply, show_difference
from console.application.commands import curl, leadstream
from console.application.workspaces import find_workspace, find_workspaces
from console.entrypoints.filters import Filters
from console.entrypoints.forms import Form, Sent
from console.entrypoints.templating import render
from console.entrypoints.visitors import Asking, Looking
from leadstream.admin.workspaces import get_workspace, list_workspaces
from leadstream.api.errors import ForbiddenError
from leadstream.ids import workspace_id
from leadstream.manifest.errors import ManifestError
from leadstream.manifest.model import read_manifest
from leadstream.manifest.things import wanted_of

router = APIRouter(prefix="/workspaces")

# The text may hold secrets. Under this name no page of something that went wrong writes it back, nor does a login that
# comes between. Only our own page does, into the very field: a mask in it would be applied as the secret.
FIELD: Final = "secret"


@router.get("")
async def workspaces_page(request: Request, api: Asking, filters: Filters) -> Response:
    found = await find_workspaces(api, filters.cursor)
    return render(request, "pages/workspaces.html", found=found, curl=curl(list_workspaces()))


@router.post("/difference")
async def difference(request: Request, api: Asking, form: Sent) -> Response:
    try:
        asked = _asked(form)
    except ManifestError as exc:
        return _form_again(request, form, exc.message)
    outcome = await show_difference(api, asked)
    return _manifest(request, form, outcome=outcome, is_applied=False, error=outcome.error)


@router.post("/apply")
async def apply_manifest(request: Request, api: Asking, visitor: Looking, form: Sent) -> Response:
    """Answered here and not after a redirect: what services made up, such as a webhook's secret, is told once."""
    if not visitor.may("admin"):
        raise ForbiddenError("applying a file takes a token with the role admin")
    if not form.reason:
        return _form_again(request, form, "say why: the audit of each service writes it down")
    try:
        asked = _asked(form)
    except ManifestError as exc:
        return _form_again(request, form, exc.message)
    outcome = await apply(api, asked, form.reason)
    # What was typed is needed again only where something of it was refused.
    kept = form if outcome.error else None
    return _manifest(request, kept, outcome=outcome, is_applied=True, error=outcome.error)


@router.get("/{slug}")
async def workspace_page(request: Request, api: Asking, slug: str) -> Response:
    found = await find_workspace(api, slug)
    return render(
        request,
        "pages/workspace.html",
        found=found,
        field=FIELD,
        command=leadstream("apply", f"{found.row['slug']}.yaml", "--dry-run"),
        curl=curl(get_workspace(found.row["id"])),
    )


def _asked(form: Form) -> list[Asked]:
    """Raises ManifestError. Variables are left to the CLI: the console's own environment is nobody's to read."""
    text = dict(form.pairs).get(FIELD, "")
    try:
        manifest = read_manifest(text, {})
    except ManifestError as exc:
        if exc.unset:
            advice = "The console fills in no variables: write the values, or `leadstream apply`."
            raise ManifestError(f"{exc.message}. {advice}") from None
        raise
    return [
        Asked(each.slug, str(workspace_id(each.slug)), list(wanted_of(each)))
        for each in manifest.workspaces
    ]


def _form_again(request: Request, form: Form, error: str) -> Response:
    return _manifest(request, form, outcome=None, is_applied=False, error=error, status=422)


def _manifest(
    request: Request,
    form: Form | None,
    *,
    outcome: Outcome | None,
    is_applied: bool,
    error: str | None,
    status: int = 200,
) -> Response:
    return render(
        request,
        "pages/manifest.html",
        status,
        text=dict(form.pairs).get(FIELD, "") if form else None,
        reason=form.get("reason", "") if form else "",
        field=FIELD,
        outcome=outcome,
        is_applied=is_applied,
        error=error,
    )

"""The way in and the way out."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from console.entrypoints.addresses import address_of, own_address
from console.entrypoints.cookies import (
    cookie_of,
    delete_cookie,
    is_readable_on_its_way,
    set_cookie,
)
from console.entrypoints.forms import Form, Sent
from console.entrypoints.sessions import NoSessionError, Sessions
from console.entrypoints.templating import render
from console.entrypoints.visitors import Looking
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.pasted import is_key, unwrap

# Before the names of the form that was to be sent when the session ended.
KEPT: Final = "kept."
# Says that there was one, if only an empty one.
RESEND: Final = "resend"


def login_router(sessions: Sessions) -> APIRouter:
    router = APIRouter()

    @router.get("/login")
    async def login_page(request: Request, next: str = "/") -> Response:
        target = own_address(next)
        try:
            await sessions.visitor(cookie_of(request))
        except (NoSessionError, AdminError):
            return render(request, "login.html", next=target, said="", kept=None)
        return RedirectResponse(target, status_code=303)

    @router.post("/login")
    async def log_in(request: Request, form: Sent) -> Response:
        target = own_address(form.get("next", "/"))
        kept = _kept(form)
        try:
            _, cookie = await sessions.open(_token(request, form))
        except AdminError as exc:
            status, said = _why(exc)
            return render(request, "login.html", status, next=target, said=said, kept=kept)
        response: Response = RedirectResponse(target, status_code=303)
        if kept is not None:
            response = render(request, "resend.html", action=target, form=kept.pairs)
        set_cookie(request, response, cookie)
        return response

    @router.post("/login/again")
    async def log_in_again(request: Request, form: Sent) -> Response:
        return again(request, form, getattr(request.state, "expired", ""))

    @router.post("/logout")
    async def log_out(request: Request, visitor: Looking) -> Response:
        await sessions.end(visitor)
        response = RedirectResponse("/login", status_code=303)
        delete_cookie(request, response)
        return response

    return router


def again(request: Request, form: Form | None, said: str) -> Response:
    """The way in for somebody who was in: what was to be sent is kept, and what was looked at comes afterwards."""
    request.state.visitor = None
    target = address_of(request)
    if target == "/logout":
        return RedirectResponse("/login", status_code=303)
    kept = None if form is None else Form(form.kept)
    return render(request, "login.html", 401, next=target, said=said, kept=kept)


def _kept(form: Form) -> Form | None:
    if RESEND not in form:
        return None
    pairs = [(name.removeprefix(KEPT), v) for name, v in form.pairs if name.startswith(KEPT)]
    return Form(pairs)


def _token(request: Request, form: Form) -> str:
    """The token that was pasted. Raises RefusedError."""
    if is_readable_on_its_way(request):
        text = "Open the console over https, or on this machine: here others could read the token."
        raise RefusedError("", text, status=400)
    token = unwrap(form.get("token", ""))
    if not is_key(token):
        raise RefusedError("", "Paste the token alone, without blanks or quotes.", status=401)
    return token


def _why(error: AdminError) -> tuple[int, str]:
    match error:
        case RefusedError(service=""):
            return error.status, error.message
        case RefusedError(status=401):
            return 401, "No service knows this token."
        case RefusedError(status=429):
            return 429, "Too many refused tokens from here: wait a minute."
    return 503, f"{error.service} {error.message}: the token can't be checked now."

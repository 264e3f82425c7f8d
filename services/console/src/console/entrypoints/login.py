"""The way in and the way out."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from console.entrypoints.forms import Form, Sent
from console.entrypoints.sessions import Sessions, delete_cookie, set_cookie
from console.entrypoints.templating import render
from console.entrypoints.visitors import Looking
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.pasted import is_key, unwrap

# Fields of the form that was to be sent when the session ended.
KEPT = "kept."


def login_router(sessions: Sessions) -> APIRouter:
    router = APIRouter()

    @router.get("/login")
    async def login_page(request: Request, next: str = "/") -> Response:
        return render(request, "login.html", next=_own_path(next), said="", kept={})

    @router.post("/login")
    async def log_in(request: Request, form: Sent) -> Response:
        target = _own_path(form.get("next", "/"))
        kept = {k.removeprefix(KEPT): v for k, v in form.pairs if k.startswith(KEPT)}
        token = unwrap(form.get("token", ""))
        try:
            if not is_key(token):
                raise RefusedError(
                    "", "Paste the token alone, without blanks or quotes.", status=401
                )
            _, cookie = await sessions.open(token)
        except AdminError as exc:
            status, said = _why(exc)
            return render(request, "login.html", status, next=target, said=said, kept=kept)
        if kept:
            request.state.visitor = None
            response: Response = render(request, "resend.html", action=target, form=kept)
        else:
            response = RedirectResponse(target, status_code=303)
        set_cookie(response, cookie, secure=request.app.state.secure)
        return response

    @router.post("/login/again")
    async def log_in_again(request: Request, form: Sent) -> Response:
        return again(request, form, getattr(request.state, "expired", ""))

    @router.post("/logout")
    async def log_out(request: Request, visitor: Looking) -> Response:
        await sessions.end(visitor)
        response = RedirectResponse("/login", status_code=303)
        delete_cookie(response, secure=request.app.state.secure)
        return response

    return router


def again(request: Request, form: Form | None, said: str) -> Response:
    """The login page that keeps what was to be sent."""
    request.state.visitor = None
    secrets = {"token", "secret", "password", "credentials"}
    kept = {name: value for name, value in (form or {}).items() if name not in secrets}
    target = request.scope.get("raw_path", b"/").decode("ascii", "replace")
    return render(request, "login.html", 401, next=_own_path(target), said=said, kept=kept)


def _why(error: AdminError) -> tuple[int, str]:
    if isinstance(error, RefusedError) and error.status == 401:
        return 401, error.message.removeprefix("401 ") if error.service == "" else (
            "No service knows this token."
        )
    if isinstance(error, RefusedError) and error.status == 429:
        return 429, "Too many refused tokens from here: wait a minute."
    return 503, f"{error.service} {error.message}: the token can't be checked now."


def _own_path(target: str) -> str:
    """Where to go afterwards: a path of the console, never another site."""
    parts = urlsplit(target)
    is_own = not parts.scheme and not parts.netloc and target.startswith("/") and "\\" not in target
    return target if is_own and not target.startswith("//") else "/"

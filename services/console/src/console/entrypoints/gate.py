"""What every request passes before a page is made: where it comes from, who it is, and what its answer may do."""

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.entrypoints.sessions import (
    COOKIE,
    COOKIE_ON_LOOPBACK,
    NoSessionError,
    Sessions,
)
from console.entrypoints.visitors import Visitor
from leadstream.admin.errors import AdminError
from leadstream.api.body import read_body, replay
from leadstream.api.errors import ApiError
from leadstream.api.gate import CHANGING
from leadstream.api.peer import local_caller

log = logging.getLogger(__name__)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
# Reached by anybody: probes, what pages are made of, and the way in.
OPEN: Final = ("/healthz", "/readyz", "/metrics", "/static/", "/login")

# Makes the page of something that went wrong: (request, status, title, text).
Problem = Callable[[Request, int, str, str], Response]


class Gate:
    """The outermost middleware; leaves the visitor in `request.state.visitor`."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, problem: Problem) -> None:
        self._app = app
        self._sessions = sessions
        self._problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        kept = scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    if not (kept and name == "cache-control"):
                        headers[name] = value
            await send(message)

        response = None
        try:
            response, receive = await self._pass(request, receive)
            if response is None:
                await self._app(scope, receive, guarded)
        except ApiError as exc:
            response = self._problem(request, exc.status, "That can't be read", exc.message)
        if response is not None:
            await response(scope, receive, guarded)

    async def _pass(self, request: Request, receive: Receive) -> tuple[Response | None, Receive]:
        """The answer of whoever does not come in, else None; and the body, read whole within limits."""
        if request.method in CHANGING:
            if not is_same_origin(request.headers):
                text = "The form was sent from another site. Open the console itself and try again."
                return self._problem(request, 403, "Refused", text), receive
            receive = replay(await read_body(receive), receive)
        if request.url.path.startswith(OPEN):
            return None, receive
        try:
            request.state.visitor = await self._visitor(request)
        except NoSessionError as exc:
            # Whoever sent a form keeps what is in it.
            if request.method in CHANGING:
                request.state.expired = str(exc)
                request.scope["path"] = "/login/again"
                return None, receive
            return RedirectResponse(login_url(request), status_code=303), receive
        except AdminError as exc:
            text = f"{exc.service} {exc.message}. Without any service nobody can be let in."
            return self._problem(request, 503, "No service answers", text), receive
        return None, receive

    async def _visitor(self, request: Request) -> Visitor:
        cookie = request.cookies.get(COOKIE) or request.cookies.get(COOKIE_ON_LOOPBACK)
        if not cookie and is_at_this_machine(request) and (local := await self._sessions.local()):
            return local
        return await self._sessions.visitor(cookie)


def is_same_origin(headers: Headers) -> bool:
    """Whether a form was sent by a page of the console. Browsers say so; what says nothing is no browser's form."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


def is_at_this_machine(request: Request) -> bool:
    try:
        local_caller(request.scope, request.headers)
    except ApiError:
        return False
    return True


def login_url(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    target = request.url.path + query
    return "/login" if target == "/" else f"/login?next={quote(target, safe='/')}"

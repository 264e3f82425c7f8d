"""What every request passes before a page is made: where it comes from, who it is, and what its answer may do."""

import logging
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.entrypoints.addresses import login_url
from console.entrypoints.cookies import cookie_of
from console.entrypoints.sessions import NoSessionError, Sessions
from console.entrypoints.templating import problem, render
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
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
# Reached by anybody: probes, what pages are made of, and the way in.
OPEN: Final = ("/healthz", "/readyz", "/metrics", "/static/", "/login")


class Gate:
    """The outermost middleware; leaves the visitor in `request.state.visitor`."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        guarded = _Guarded(send)
        response = None
        try:
            response, receive = await self._pass(request, receive)
            if response is None:
                await self._app(scope, receive, guarded)
        except ApiError as exc:
            response = problem(request, exc.status, "That can't be read", exc.message)
        except Exception:
            log.exception("console.failed", extra={"path": scope["path"]})
            if guarded.begun:
                raise
            text = "It was logged. Try again, or go back."
            response = problem(request, 500, "This is our fault", text)
        if response is not None:
            await response(scope, receive, guarded)

    async def _pass(self, request: Request, receive: Receive) -> tuple[Response | None, Receive]:
        """The answer of whoever does not come in, else None; and the body, read whole within limits."""
        if request.method in CHANGING:
            if not is_same_origin(request.headers):
                text = "The form was sent from another site. Open the console itself and try again."
                return problem(request, 403, "Refused", text), receive
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
            if comes_from_elsewhere(request.headers):
                return render(request, "arriving.html", to=login_url(request)), receive
            return RedirectResponse(login_url(request), status_code=303), receive
        except AdminError as exc:
            text = f"{exc.service} {exc.message}. Without any service nobody can be let in."
            return problem(request, 503, "No service answers", text), receive
        return None, receive

    async def _visitor(self, request: Request) -> Visitor:
        try:
            return await self._sessions.visitor(cookie_of(request))
        except NoSessionError:
            if is_at_this_machine(request) and (local := await self._sessions.local()):
                return local
            raise


class _Guarded:
    """Puts on every answer what it may do."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            # What pages are made of says itself how long it is kept.
            headers.setdefault("cache-control", "no-store")
            headers.update(HEADERS)
        await self._send(message)


def is_same_origin(headers: Headers) -> bool:
    """Whether a form was sent by a page of the console. Browsers say so; what says nothing is no browser's form."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    try:
        origin = urlsplit(headers.get("origin", "")).netloc
    except ValueError:
        return False
    return origin != "" and origin == headers.get("host")


def comes_from_elsewhere(headers: Headers) -> bool:
    """Whether a link of another site was followed: an e-mail's, Slack's. Then no cookie of ours is sent (Strict)."""
    is_page = headers.get("sec-fetch-mode", "navigate") == "navigate"
    return is_page and headers.get("sec-fetch-site") in {"cross-site", "same-site"}


def is_at_this_machine(request: Request) -> bool:
    try:
        local_caller(request.scope, request.headers)
    except ApiError:
        return False
    return True

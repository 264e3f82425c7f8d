"""What every request passes before FastAPI sees it: body limits, tokens, rate limits, the log line."""

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import asyncpg
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadstream.api.body import check_json, check_target, read_body, replay
from leadstream.api.errors import (
    ApiError,
    ForbiddenError,
    InvalidError,
    TooManyError,
    UnauthorizedError,
    UnavailableError,
)
from leadstream.api.limits import SlidingWindow
from leadstream.api.peer import address_key, local_caller
from leadstream.api.tokens import AdminToken, Caller, Role, find_token
from leadstream.api.traced import begin_request, note_answer
from leadstream.errors import TransientError
from leadstream.observability import tracing
from leadstream.observability.tracing import Span
from leadstream.postgres import UNAVAILABLE

log = logging.getLogger(__name__)

ADMIN = "/api/admin"
AWAY: tuple[type[BaseException], ...] = (TransientError, *UNAVAILABLE)
# To end one's own session is no change of anything.
SESSIONS = f"{ADMIN}/sessions/"
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class AdminLimits:
    refused_per_minute: int = 10
    changes_per_minute: int = 120


class Gate:
    """The outermost middleware. Admits admin calls and leaves the caller in `scope["state"]["caller"]`."""

    def __init__(
        self, app: ASGIApp, *, tokens: Sequence[AdminToken] = (), limits: AdminLimits | None = None
    ) -> None:
        limits = limits or AdminLimits()
        self._app = app
        self._tokens = tuple(tokens)
        self._refusals = SlidingWindow(limits.refused_per_minute)
        self._changes = SlidingWindow(limits.changes_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, send)
        try:
            await self._pass(scope, receive, call)
        except ApiError as exc:
            await exc.response()(scope, receive, call.send)
        except asyncpg.DataError:
            # A number too big for its column, mostly: limits belong into the models, so it is logged as ours.
            log.exception("api.unfit_value", extra={"method": scope["method"], "route": call.route})
            await call.fail(InvalidError("a value does not fit", field="body"), receive)
        except AWAY as exc:
            log.warning("api.unavailable", extra={"route": call.route, "error": type(exc).__name__})
            await call.fail(UnavailableError(), receive)
        except Exception:
            log.exception("api.failed", extra={"method": scope["method"], "route": call.route})
            await call.fail(ApiError(500, "internal", "this is our fault; it was logged"), receive)
        finally:
            if _is_admin(scope):
                call.log()
            call.end()

    async def _pass(self, scope: Scope, receive: Receive, call: "_Call") -> None:
        check_target(scope)
        headers = Headers(scope=scope)
        admin = _is_admin(scope)
        if admin:
            call.caller = self._admit(scope, headers)
            scope.setdefault("state", {})["caller"] = call.caller
            call.trace(headers)
        if scope["method"] in CHANGING:
            body = await read_body(receive)
            if admin and body:
                check_json(body, headers.get("content-type", ""))
            receive = replay(body, receive)
        await self._app(scope, receive, call.send)

    def _admit(self, scope: Scope, headers: Headers) -> Caller:
        if not self._tokens:
            return local_caller(scope, headers)
        caller = self._token_caller(scope, headers)
        if scope["method"] in CHANGING:
            self._admit_change(caller, scope["path"])
        return caller

    def _token_caller(self, scope: Scope, headers: Headers) -> Caller:
        presented = headers.get("authorization")
        if presented is None:
            raise UnauthorizedError("a bearer token is needed")
        scheme, _, value = presented.partition(" ")
        token = find_token(self._tokens, value.strip()) if scheme.lower() == "bearer" else None
        if token is not None:
            return Caller(token.name, token.role, token.workspace)
        wait = self._refusals.hit(address_key(scope))
        if wait is not None:
            raise TooManyError("too many refused tokens from this address", wait=wait)
        log.warning("api.token_refused", extra={"address": address_key(scope)})
        raise UnauthorizedError("the token is not known")

    def _admit_change(self, caller: Caller, path: str) -> None:
        wait = self._changes.hit(caller.name)
        if wait is not None:
            raise TooManyError("too many changing calls with this token", wait=wait)
        if not caller.may(Role.OPERATOR) and not path.startswith(SESSIONS):
            raise ForbiddenError("the token's role may look, and change nothing")


class _Call:
    """One request on its way: what was sent back, and how long it took."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._started = time.monotonic()
        self._status: int | None = None
        self.caller: Caller | None = None
        self._span: Span | None = None
        self._inside = ExitStack()

    @property
    def route(self) -> str:
        return getattr(self._scope.get("route"), "path", None) or str(self._scope["path"])

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        await self._send(message)

    def trace(self, headers: Headers) -> None:
        """Begin the call's span, if tracing is on."""
        tracer = tracing.active()
        if tracer:
            begun = begin_request(tracer, self._scope, headers)
            self._span = self._inside.enter_context(tracing.entered(begun))

    def end(self) -> None:
        if self._span:
            note_answer(self._span, self._scope, ADMIN, self._status)
        self._inside.close()

    async def fail(self, error: ApiError, receive: Receive) -> None:
        """Answer with an error, unless an answer is under way already."""
        if self._status is None:
            await error.response()(self._scope, receive, self.send)

    def log(self) -> None:
        log.info(
            "api.called",
            extra={
                "method": self._scope["method"],
                "route": self.route,
                "status": self._status,
                "caller": self.caller.name if self.caller else None,
                "duration_ms": round((time.monotonic() - self._started) * 1000, 1),
            },
        )


def _is_admin(scope: Scope) -> bool:
    path = scope["path"]
    return bool(path == ADMIN or path.startswith(f"{ADMIN}/"))

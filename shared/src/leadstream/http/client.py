"""The process's long-lived HTTP clients: one for providers, one behind the guard for users' URLs."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import httpx

from leadstream.http.body import FAULTS, WHOLE, BodyRule, read_answer
from leadstream.http.errors import AmbiguousError, NotSentError
from leadstream.http.guard import EgressGuard
from leadstream.http.heard import Progress, progress
from leadstream.http.transport import GuardedTransport, open_transport

# A connection is there before these can be raised, whatever the transport.
_AFTER_CONNECTING = (
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.WriteError,
    httpx.RemoteProtocolError,
)

USER_AGENT = "leadstream/0.1"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call may take.

    `connect` is for TCP and TLS, `acquire` for having a connection, with DNS and the wait for the pool,
    `total` for everything up to the last byte read.
    """

    connect: timedelta = timedelta(seconds=5)
    acquire: timedelta = timedelta(seconds=10)
    total: timedelta = timedelta(seconds=30)

    def as_extension(self) -> dict[str, float | None]:
        return {
            "connect": self.connect.total_seconds(),
            "pool": self.acquire.total_seconds(),
            "read": None,
            "write": None,
        }


class HttpClient:
    """A pool of connections, and nothing that is not asked for: no redirects, cookies, proxies, retries.

    It speaks to the transport itself: httpx.AsyncClient would cost as much again as the call, follow
    redirects and log URLs.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport, *, timeouts: Timeouts | None = None
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._transport = transport

    async def send(
        self, request: httpx.Request, *, deadline: timedelta | None = None, body: BodyRule = WHOLE
    ) -> httpx.Response:
        """Send once and read the answer, whatever its status.

        Raise NotSentError if nothing left, AmbiguousError if it did and no complete answer came, UnsafeUrlError if the
        guard refuses.
        """
        total = (deadline or self._timeouts.total).total_seconds()
        until = asyncio.get_running_loop().time() + total
        request.headers.setdefault("user-agent", USER_AGENT)
        request.headers.setdefault("accept", "*/*")
        request.headers["accept-encoding"] = "identity" if body.excerpt else "gzip"
        request.extensions["timeout"] = self._timeouts.as_extension()
        made = Progress()
        token = progress.set(made)
        try:
            async with asyncio.timeout_at(until):
                response = await self._transport.handle_async_request(request)
        except TimeoutError as exc:
            raise _failure(made, exc, f"no answer within {total:g} s") from exc
        except FAULTS as exc:
            raise _failure(made, exc, _reason(exc)) from exc
        finally:
            progress.reset(token)
        response.request = request
        try:
            return await read_answer(response, body, until)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()


def provider_client(*, timeouts: Timeouts | None = None, max_connections: int = 256) -> HttpClient:
    """The client for URLs whose host is the operator's setting or was checked to be a vendor's."""
    return HttpClient(open_transport(max_connections=max_connections), timeouts=timeouts)


def guarded_client(
    guard: EgressGuard,
    *,
    timeouts: Timeouts | None = None,
    max_connections: int = 256,
    max_per_host: int = 64,
) -> HttpClient:
    """The client for URLs that users supply: webhooks and FHIR servers.

    One user's server that hangs takes a part of the pool at most.
    """
    transport = GuardedTransport(guard, max_connections=max_connections, max_per_host=max_per_host)
    return HttpClient(transport, timeouts=timeouts)


def _failure(made: Progress, exc: BaseException, reason: str) -> NotSentError | AmbiguousError:
    if made.has_connection or isinstance(exc, _AFTER_CONNECTING):
        return AmbiguousError(reason)
    return NotSentError(reason)


def _reason(exc: BaseException) -> str:
    """Name the fault by its class: the text may hold the URL, and the cause is chained anyway.

    httpx-aiohttp calls a server that hung up a ConnectTimeout; aiohttp's own word is behind it.
    """
    cause = exc.__cause__ if isinstance(exc.__cause__, aiohttp.ClientError) else exc
    return f"the exchange failed: {type(cause).__name__}"

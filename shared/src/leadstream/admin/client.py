"""The five services' admin APIs over HTTP, as somebody who has a token."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, overload

import httpx

from leadstream.admin.answers import HealthBody
from leadstream.admin.calls import REASON, Call
from leadstream.admin.errors import AdminError, AwayError, RefusedError, StrangeError
from leadstream.admin.reading import failure, read, read_readiness

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

# A page waits for the slowest service that it asks.
ANSWER_SECONDS = 10.0
# The same where nothing is changed: nobody looks at an empty page for longer, and what hangs is said to hang.
LOOK_SECONDS = 5.0


class AdminApis:
    """Connections to the services; kept open, shared by everybody who asks."""

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        timeout: float = ANSWER_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.urls = dict(urls)
        self._timeout = timeout
        self._clients = {
            service: httpx.AsyncClient(
                base_url=url,
                timeout=httpx.Timeout(timeout, connect=min(timeout, 2.0)),
                trust_env=False,
                # Reading the certificate authorities takes as long as ten calls.
                verify=url.startswith("https:"),
                transport=transport,
            )
            for service, url in urls.items()
        }

    def as_(self, token: str | None) -> "Api":
        """The APIs as the holder of a token may use them; None: as nobody in particular."""
        return Api(self, token)

    async def send(self, call: Call[Any], headers: Mapping[bytes, bytes]) -> httpx.Response:
        longest = min(self._timeout, LOOK_SECONDS) if call.method == "GET" else self._timeout
        with _failures_of(call):
            # httpx has a limit for each piece: whoever sends a byte now and then would never be given up.
            async with asyncio.timeout(longest):
                return await self._clients[call.service].request(
                    call.method,
                    f"/api/admin/{call.path}",
                    params=dict(call.params),
                    headers=dict(headers),
                    # A GET has no body; whatever changes something has one, if only an empty one.
                    json=None if call.method == "GET" else (call.body or {}),
                )

    async def stream(self, call: Call[Any], headers: Mapping[bytes, bytes]) -> AsyncIterator[bytes]:
        """The file that a GET gives, piece by piece. Raises like `Api.ask`, also in the middle."""
        with _failures_of(call):
            async with self._clients[call.service].stream(
                "GET", f"/api/admin/{call.path}", params=dict(call.params), headers=dict(headers)
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise failure(call.service, answer)
                if not answer.headers.get("content-type", "").startswith("text/csv"):
                    message = f"answered {call.path} with no file, as no {call.service} does"
                    raise StrangeError(call.service, message)
                async for piece in answer.aiter_bytes():
                    yield piece

    async def readiness(self, service: str) -> httpx.Response:
        """What /readyz answers, 200 or 503. Raises AwayError."""
        try:
            return await self._clients[service].get("/readyz", timeout=3.0)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise AwayError(service, f"does not answer ({type(exc).__name__})") from exc

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))


@contextmanager
def _failures_of(call: Call[Any]) -> Iterator[None]:
    """What goes wrong on the way, as an AdminError."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as exc:
        message = f"does not answer ({type(exc).__name__})"
        raise AwayError(call.service, message) from exc


class Api:
    """The admin APIs, asked with one token."""

    def __init__(self, apis: AdminApis, token: str | None) -> None:
        self._apis = apis
        self._token = token

    async def ask(self, call: Call[T]) -> T:
        """Make a call. Raises AwayError, RefusedError or StrangeError, each of which is an AdminError."""
        return read(call, await self._apis.send(call, self._headers(call)))

    def stream(self, call: Call[Any]) -> AsyncIterator[bytes]:
        """The answer of a GET as it comes, however long it is. Raises like `ask`, also in the middle."""
        return self._apis.stream(call, self._headers(call))

    def _headers(self, call: Call[Any]) -> dict[bytes, bytes]:
        # As bytes: httpx takes text for ASCII, and people write reasons in their own language.
        headers = {b"authorization": f"Bearer {self._token}".encode()} if self._token else {}
        if call.reason:
            if any(ord(each) < 0x20 or ord(each) == 0x7F for each in call.reason):
                # A header can't hold it, so that the service would not even be asked.
                raise RefusedError(
                    call.service, "reason: must be a single line", status=422, field="reason"
                )
            headers[REASON.encode()] = call.reason.encode()
        return headers

    async def try_(self, call: Call[T]) -> T | AdminError:
        """The same, for a part of a page that may be missing: what went wrong is returned."""
        try:
            return await self.ask(call)
        except AdminError as exc:
            return exc

    @overload
    async def all(self, a: Call[A], b: Call[B], /) -> tuple[A | AdminError, B | AdminError]: ...
    @overload
    async def all(
        self, a: Call[A], b: Call[B], c: Call[C], /
    ) -> tuple[A | AdminError, B | AdminError, C | AdminError]: ...
    @overload
    async def all(self, *calls: Call[A]) -> tuple[A | AdminError, ...]: ...
    async def all(self, *calls: Call[Any]) -> tuple[Any, ...]:
        """Calls at the same time; each that failed is its error."""
        return tuple(await asyncio.gather(*map(self.try_, calls)))

    async def readiness(self, service: str) -> HealthBody | AdminError:
        """Whether it may take work, and what it lacks if not; no token is needed for it."""
        try:
            return read_readiness(service, await self._apis.readiness(service))
        except AdminError as exc:
            return exc

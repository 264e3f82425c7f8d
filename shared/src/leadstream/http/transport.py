"""httpx on aiohttp, with sessions of our own: no cookies, no environment, and a guard at the socket."""

import socket
import ssl
from collections.abc import Callable

import aiohttp
import httpx
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from leadstream.http.guard import EgressGuard, Reach
from leadstream.http.heard import HeardResponse, listening
from leadstream.http.networks import parse_address
from leadstream.http.resolver import ThreadResolver

# Policies and cookies of some vendors are longer than aiohttp's 8 KiB and 128.
LONGEST_LINE = 32 * 1024
MOST_HEADERS = 256

# Without one, each transport makes a context for sessions of its own, with all CAs: 0.7 MiB. The sessions are ours, and
# their context is aiohttp's; if this came to be used, it trusts nobody.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def open_transport(*, max_connections: int) -> httpx.AsyncBaseTransport:
    """For URLs whose host the operator, or the adapter's code, vouches for."""

    def connector() -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(limit=max_connections, resolver=ThreadResolver())

    return _transport(connector)


class GuardedTransport(httpx.AsyncBaseTransport):
    """For URLs that users supply: judges each request's form, and each address at its socket.

    Connections are pooled apart by how far they may lead, so that none opened for a laxer form is reused.
    """

    def __init__(self, guard: EgressGuard, *, max_connections: int, max_per_host: int) -> None:
        self._guard = guard
        self._transports = {
            reach: _transport(_guarded_connector(guard, reach, max_connections, max_per_host))
            for reach in Reach
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reach = self._guard.judge(request.url)
        return await self._transports[reach].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


class _GuardedResolver(AbstractResolver):
    """Refuses a name as soon as one of its addresses is refused."""

    def __init__(self, guard: EgressGuard, reach: Reach) -> None:
        self._guard = guard
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._guard.resolver.resolve(host, port, family)
        for answer in found:
            self._guard.check_address(parse_address(answer["host"]), self._reach)
        return found

    async def close(self) -> None:
        """Nothing to close: the resolver is the guard's."""


def _guarded_connector(
    guard: EgressGuard, reach: Reach, max_connections: int, max_per_host: int
) -> Callable[[], aiohttp.TCPConnector]:
    def guarded_socket(target: AddrInfoType) -> socket.socket:
        family, kind, proto, _, sockaddr = target
        guard.check_address(parse_address(str(sockaddr[0])), reach)
        return socket.socket(family, kind, proto)

    def connector() -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            limit=max_connections,
            limit_per_host=max_per_host,
            resolver=_GuardedResolver(guard, reach),
            socket_factory=guarded_socket,
        )

    return connector


def _transport(connector: Callable[[], aiohttp.TCPConnector]) -> AiohttpTransport:
    """Sessions and connectors belong to a running loop, so they are made at the first request."""

    def session() -> aiohttp.ClientSession:
        made = aiohttp.ClientSession(
            connector=listening(connector()),
            response_class=HeardResponse,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        # Whether a call is made again is the job's to decide, and every call counts; aiohttp has no option for it.
        made._retry_connection = False  # noqa: SLF001
        return made

    return AiohttpTransport(client=session, verify=_NO_TLS, trust_env=False)

"""The SSRF guard: which URLs may be called, judged when one is saved and again at the address dialled."""

import asyncio
import enum
from collections.abc import Iterable, Sequence

import httpx
from aiohttp.abc import AbstractResolver

from leadstream.http.networks import Network, parse_address, plain, special_use
from leadstream.http.resolver import ThreadResolver
from leadstream.urls import (
    Address,
    UnsafeUrlError,
    check_parts,
    host_of,
    is_inside,
    literal_address,
    matches,
    parse_url,
    port_of,
)

PORTS = frozenset({443, 8443})
RESOLVE_SECONDS = 5.0


class Reach(enum.Enum):
    """How far a URL may lead, judged by its form."""

    INTERNET = "public addresses, and those of EGRESS_ALLOW"
    ALLOWED_ONLY = "addresses of EGRESS_ALLOW only"


class EgressGuard:
    """Judges user-supplied URLs.

    `allow` (EGRESS_ALLOW) are networks reached on any port and by plain http; `trusted_hosts` are hosts or
    `*.suffixes` reached by plain http, and accepted where an adapter expects a vendor's host.
    """

    def __init__(
        self,
        *,
        allow: Iterable[Network] = (),
        trusted_hosts: Iterable[str] = (),
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._trusted = tuple(host.lower().removesuffix(".") for host in trusted_hosts)
        self.resolver = resolver or ThreadResolver()

    async def check_url(self, url: str) -> str:
        """Judge a URL somebody wants saved; return it normalised or raise UnsafeUrlError with the reason.

        A name that does not resolve at the moment is no reason: what it resolves to when it is dialled
        will be judged then.
        """
        parsed = parse_url(url)
        reach = self.judge(parsed)
        addresses = await self._addresses(parsed)
        for address in addresses:
            self.check_address(address, reach)
        if reach is Reach.ALLOWED_ONLY and not addresses:
            raise UnsafeUrlError("the host does not resolve to an address in EGRESS_ALLOW")
        return str(parsed)

    def check_vendor_url(self, url: str, vendor_hosts: Sequence[str]) -> str:
        """Judge a URL that must be a vendor's (`hooks.slack.com`, `*.my.salesforce.com`) or a trusted host's.

        The name is the guarantee here: the address behind it is the vendor's affair, or the operator's.
        """
        parsed = parse_url(url)
        host = host_of(parsed)
        if matches(host, self._trusted):
            return str(parsed)
        if not matches(host, vendor_hosts):
            raise UnsafeUrlError(f"the host is none of {', '.join(vendor_hosts)}")
        if parsed.scheme != "https" or port_of(parsed) != 443:
            raise UnsafeUrlError("a vendor's host is called by https on port 443")
        return str(parsed)

    def judge(self, url: httpx.URL) -> Reach:
        """Tell by its form how far a URL may lead; raise UnsafeUrlError if nowhere."""
        check_parts(url)
        host = host_of(url)
        address = literal_address(host)
        if matches(host, self._trusted):
            return Reach.INTERNET
        inside = address is None and is_inside(host)
        if url.scheme == "https" and port_of(url) in PORTS and not inside:
            return Reach.INTERNET
        if not self._allow:
            raise UnsafeUrlError(
                "the host's name is for use inside a network"
                if inside
                else "webhooks go by https to port 443 or 8443 of a full host name"
            )
        return Reach.ALLOWED_ONLY

    def check_address(self, address: Address, reach: Reach) -> None:
        """Judge the very address that is about to be dialled."""
        address = plain(address)
        if any(address in network for network in self._allow):
            return
        if (use := special_use(address)) is not None:
            raise UnsafeUrlError(f"the host's address is not public ({use})")
        if reach is Reach.ALLOWED_ONLY:
            raise UnsafeUrlError(
                "only EGRESS_ALLOW is reached by plain http, on other ports than 443 and 8443, "
                "or by a name for use inside a network"
            )

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        host = host_of(url)
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await self.resolver.resolve(host, port_of(url))
        except OSError:  # TimeoutError is one
            return []
        return [parse_address(answer["host"]) for answer in found]

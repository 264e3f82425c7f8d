"""What the other end of a connection says about who is calling."""

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from leadstream.api.errors import UnauthorizedError
from leadstream.api.tokens import Caller, Role

LOCAL = Caller("local", Role.ADMIN)


def local_caller(scope: Scope, headers: Headers) -> Caller:
    """Without tokens, whoever is at this machine is an admin; nobody else is anybody.

    A web page open on this machine is not at this machine: its calls carry an Origin, or after DNS
    rebinding a foreign Host. Neither is what a proxy on this machine passes on.
    """
    direct = not ({"x-forwarded-for", "forwarded", "x-real-ip"} & set(headers.keys()))
    origin = headers.get("origin")
    hosts = [headers.get("host", "")] + ([urlsplit(origin).netloc] if origin else [])
    client = scope.get("client")
    if client and _is_loopback(client[0]) and direct and all(map(names_loopback, hosts)):
        return LOCAL
    raise UnauthorizedError("no tokens are configured: only this machine is served")


def names_loopback(netloc: str) -> bool:
    try:
        host = urlsplit(f"//{netloc}").hostname
    except ValueError:
        return False
    return host == "localhost" or (host is not None and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def address_key(scope: Scope) -> str:
    """An IPv6 customer has a /64 to call from: count it as one."""
    client = scope.get("client")
    if not client:
        return "unknown"
    try:
        address = ip_address(client[0].partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address)

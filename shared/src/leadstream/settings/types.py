"""How environment variables are written: plain numbers of seconds, comma-separated lists."""

import math
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainSerializer, SecretStr
from pydantic_settings import NoDecode

from leadstream.crypto import Keyring
from leadstream.http.errors import UnsafeUrlError
from leadstream.http.hosts import literal_address

LONGEST_SECONDS = 10 * 365 * 86400.0


def _read_seconds(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        seconds = float(str(value))
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if math.isnan(seconds) or not 0 <= seconds <= LONGEST_SECONDS:
        raise ValueError("must be a number of seconds, 0 or more")
    return timedelta(seconds=seconds)


def _split(value: object) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple):
        return [str(part) for part in value]
    raise ValueError("must be a comma-separated list")


def _read_networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part) for part in _split(value))
    except ValueError as exc:
        raise ValueError(f"must be networks such as 10.0.0.0/8, comma separated: {exc}") from None


def _read_hosts(value: object) -> tuple[str, ...]:
    hosts = tuple(_host_of(part.lower()) for part in _split(value))
    for host in hosts:
        try:
            literal_address(host.removeprefix("*."))
        except (UnsafeUrlError, ValueError):
            raise ValueError("must be host names or *.suffixes, comma separated") from None
    return hosts


def _host_of(entry: str) -> str:
    """A port may be written, and is not looked at: a host is trusted as a whole."""
    name, colon, port = entry.rpartition(":")
    has_port = colon and port.isdecimal() and (":" not in name or name.endswith("]"))
    return (name if has_port else entry).strip("[]").removesuffix(".")


def _read_keyring(value: object) -> Keyring:
    return value if isinstance(value, Keyring) else Keyring.parse(str(value))


def check_postgres_url(value: SecretStr) -> SecretStr:
    try:
        url = urlsplit(value.get_secret_value())
        url.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise ValueError("is not a readable URL") from None
    if url.scheme not in {"postgres", "postgresql"}:
        raise ValueError("must start with postgresql://")
    return value


def check_http_url(value: str) -> str:
    try:
        url = urlsplit(value)
        url.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise ValueError("is not a readable URL") from None
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("must be http://host:port or https://host:port")
    return value


def check_bootstrap(value: str) -> str:
    servers = _split(value)
    if not servers:
        raise ValueError("must name at least one host:port")
    for server in servers:
        host, colon, port = server.rpartition(":")
        is_port = port.isdecimal() and 0 < int(port) < 65536
        if not (host and colon and is_port) or "/" in server:
            raise ValueError("must be host:port, comma separated")
    return ",".join(servers)


def _as_seconds(value: timedelta) -> float:
    return value.total_seconds()


Seconds = Annotated[timedelta, BeforeValidator(_read_seconds), PlainSerializer(_as_seconds)]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_read_networks)
]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_hosts)]
EncryptionKeys = Annotated[Keyring, NoDecode, BeforeValidator(_read_keyring)]


def seconds(count: float) -> timedelta:
    """For defaults, which read best in the unit the variable is written in."""
    return timedelta(seconds=count)

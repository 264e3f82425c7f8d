"""The form of a URL, before anything is resolved."""

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TypeAlias

import httpx

from leadstream.errors import PermanentError
from leadstream.inside import INSIDE
from leadstream.pasted import is_unseen, unwrap

Address: TypeAlias = IPv4Address | IPv6Address

LONGEST_URL = 2048
_NOT_IN_A_URL = frozenset('"<>`\\')
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UnsafeUrlError(PermanentError):
    """The URL is not one we call. The message says why and never holds the URL."""


def parse_url(url: str) -> httpx.URL:
    """Read an absolute http or https URL without user info; raise UnsafeUrlError for any other.

    What surrounds a pasted one is taken off; what is inside it is not guessed at.
    """
    url = unwrap(url, brackets=True)
    if any(is_unseen(character) for character in url) or not _NOT_IN_A_URL.isdisjoint(url):
        raise UnsafeUrlError("the URL has a blank, an unseen character, a quote or a bracket in it")
    if len(url) > LONGEST_URL:
        raise UnsafeUrlError(f"the URL is longer than {LONGEST_URL} characters")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise UnsafeUrlError("the URL cannot be read") from None
    check_parts(parsed)
    return parsed


def check_parts(url: httpx.URL) -> None:
    if url.scheme not in _DEFAULT_PORTS:
        raise UnsafeUrlError("only http and https URLs are called")
    if url.userinfo:
        raise UnsafeUrlError("the URL holds a user name or password")
    if not url.raw_host:
        raise UnsafeUrlError("the URL names no host")
    if not 0 < port_of(url) < 65536:
        raise UnsafeUrlError("the URL names a port that there is not")


def port_of(url: httpx.URL) -> int:
    return _DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def host_of(url: httpx.URL) -> str:
    """The host as it will be dialled: lower case, IDNA, without the trailing dot."""
    return url.raw_host.decode("ascii").lower().strip("[]").removesuffix(".")


def literal_address(host: str) -> Address | None:
    """The address a host spells out, or None for a name; raise UnsafeUrlError for anything in between.

    `2130706433`, `0x7f.1` and `0177.0.0.1` are addresses to the C library and names to everybody else.
    """
    if "%" in host:
        raise UnsafeUrlError("the host has a zone id or percent-encoding in it")
    try:
        if ":" in host:
            return IPv6Address(host)
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return IPv4Address(host)
    except AddressValueError:
        raise UnsafeUrlError("the host is an address in a form we do not read") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise UnsafeUrlError("the host is no valid name")
    return None


def is_inside(host: str) -> bool:
    """Tell by its form whether a name leads nowhere but inside: into this machine, cluster, cloud or house.

    The resolver here may not know such a name when it is saved, and another may when it is dialled.
    """
    labels = host.split(".")
    return len(labels) < 2 or labels[-1] in INSIDE


def matches(host: str, patterns: Iterable[str]) -> bool:
    """Tell whether a host is named, or covered by a `*.example.com` (which is not example.com itself)."""
    return any(
        host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
        for pattern in patterns
    )

"""A company's own domain, in the one form that two spellings of it share: what it is known by, and asked about."""

import re
from collections.abc import Sequence
from typing import Final

import idna

from leadstream.companies.mail_hosts import MAIL_HOSTS, MAIL_UNDER_ANY_SUFFIX
from leadstream.companies.shared_hosts import (
    SHARED_BELOW,
    SHARED_HOSTS,
    SHARED_UNDER_ANY_SUFFIX,
)
from leadstream.inside import INSIDE

LONGEST_INPUT: Final = 2048
LONGEST: Final = 253
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_PORT = re.compile(r":\d*$")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# Top levels start with a letter. What ends in a number ("10.0.0.1", "0x7f.0x1") is an address in one of its spellings.
_TOP_LEVEL = re.compile(r"[a-z][a-z0-9-]{1,62}")
# `test` is for sample data, as `example` is.
_PRIVATE_TOP_LEVELS = INSIDE - {"test"}
# Under a country's top level these belong to the registry, and names are sold below: `co.uk`, `com.au`.
_REGISTRIES = frozenset({"co", "com"})
# Not in every country: net.hr is somebody's own.
_SOME_REGISTRIES = """
    ac.in ac.jp ac.nz ac.uk edu.au edu.cn go.jp ltd.uk me.uk ne.jp net.au net.br net.cn net.in net.nz net.uk or.jp
    or.kr org.au org.br org.cn org.in org.nz org.uk org.za plc.uk
"""
_PUBLIC_SUFFIXES = frozenset(_SOME_REGISTRIES.split())


def company_domain(text: str | None) -> str | None:
    """`https://www.ACME.com/` → `acme.com`; None for addresses, hosts that many share, and what is no domain at all."""
    if text is None or len(text) > LONGEST_INPUT:
        return None
    host = _to_ascii(_host(text))
    if host is None:
        return None
    domain = _without_www(host)
    labels = domain.split(".")
    if not _is_public(domain, labels) or _is_public_suffix(labels):
        return None
    return None if _is_mail_brands(labels) or _is_shared(labels) else domain


def _host(text: str) -> str:
    """What is left without scheme, user, port, path and the dot of the root."""
    rest = _SCHEME.sub("", text.strip())
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    return _PORT.sub("", authority.rpartition("@")[2]).strip().rstrip(".")


def _to_ascii(host: str) -> str | None:
    """By UTS #46 and IDNA 2008, which browsers and registries go by; None for what can't be a host name."""
    if len(host) > LONGEST:
        return None
    if host.isascii():
        # It is judged below. IDNA would refuse names that exist, such as `r3---sn.example.com`.
        return host.lower()
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None


def _without_www(host: str) -> str:
    rest = host.removeprefix("www.")
    return rest if "." in rest else host


def _is_public(domain: str, labels: Sequence[str]) -> bool:
    return (
        len(labels) >= 2
        and len(domain) <= LONGEST
        and all(_LABEL.fullmatch(label) for label in labels)
        and _TOP_LEVEL.fullmatch(labels[-1]) is not None
        and labels[-1] not in _PRIVATE_TOP_LEVELS
    )


def _is_public_suffix(labels: Sequence[str]) -> bool:
    if len(labels) != 2:
        return False
    below, top = labels
    return (below in _REGISTRIES and len(top) == 2) or f"{below}.{top}" in _PUBLIC_SUFFIXES


def _is_mail_brands(labels: Sequence[str]) -> bool:
    """Whether it is, or lies in, a mail brand's name under whichever public suffix."""
    own = labels[:-2] if _is_public_suffix(labels[-2:]) else labels[:-1]
    return own[-1] in MAIL_UNDER_ANY_SUFFIX


def _is_shared(labels: Sequence[str]) -> bool:
    """Whether it is, or lies in, a name where anybody can have a mailbox, a page or a shop."""
    domain, *above = (".".join(labels[start:]) for start in range(len(labels)))
    return (
        any(name in MAIL_HOSTS or name in SHARED_HOSTS for name in (domain, *above))
        or any(name in SHARED_BELOW for name in above)
        or any(label in SHARED_UNDER_ANY_SUFFIX for label in labels[:-1])
    )

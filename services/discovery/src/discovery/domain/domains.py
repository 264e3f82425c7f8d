"""A company's domain in the one form that two spellings of it share."""

import re
from collections.abc import Callable, Iterator

from discovery.domain.mail_domains import PUBLIC_MAIL_DOMAINS

# IDNA needs tables that the standard library has only in their 2003 edition: the caller brings them. Gives the host in
# ASCII, lower case, or None when it can't be a host name.
ToAscii = Callable[[str], str | None]

LONGEST_INPUT = 2048
LONGEST = 253
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_PORT = re.compile(r":\d*$")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# Top levels start with a letter. What ends in a number ("10.0.0.1", "0x7f.0x1") is an address in one of its spellings.
_TOP_LEVEL = re.compile(r"[a-z][a-z0-9-]{1,62}")
# Names that lead nowhere outside the network they are used in.
_PRIVATE = "arpa corp home internal intranet invalid lan local localdomain localhost onion private"
_PRIVATE_TOP_LEVELS = frozenset(_PRIVATE.split())


def normalise_domain(text: str | None, to_ascii: ToAscii) -> str | None:
    """`https://www.ACME.com/` → `acme.com`; None for addresses, public mail and what is no domain at all."""
    if text is None or len(text) > LONGEST_INPUT:
        return None
    host = to_ascii(_host(text))
    if host is None:
        return None
    domain = _without_www(host.lower())
    return domain if _is_company_domain(domain) else None


def _host(text: str) -> str:
    """What is left without scheme, user, port, path and the dot of the root."""
    rest = _SCHEME.sub("", text.strip())
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    return _PORT.sub("", authority.rpartition("@")[2]).strip().rstrip(".")


def _without_www(host: str) -> str:
    rest = host.removeprefix("www.")
    return rest if "." in rest else host


def _is_company_domain(domain: str) -> bool:
    labels = domain.split(".")
    return (
        len(labels) >= 2
        and len(domain) <= LONGEST
        and all(_LABEL.fullmatch(label) for label in labels)
        and _TOP_LEVEL.fullmatch(labels[-1]) is not None
        and labels[-1] not in _PRIVATE_TOP_LEVELS
        and not any(parent in PUBLIC_MAIL_DOMAINS for parent in _parents(labels))
    )


def _parents(labels: list[str]) -> Iterator[str]:
    """The domain itself and all that it lies in: mail.yahoo.com, yahoo.com, com."""
    for start in range(len(labels)):
        yield ".".join(labels[start:])

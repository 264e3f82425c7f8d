"""Nothing secret and nobody's address in a log line: the last thing every line goes through."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

HIDDEN = "[redacted]"
DEEPEST = 8

# Possessive quantifiers and look-behinds throughout: each run of characters is tried once, so that a
# megabyte of hostile text costs a megabyte's time.
_URL = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*+://)(?P<rest>[^\s\"<>\\]++)", re.IGNORECASE)
_BARE_WEBHOOK = re.compile(r"(\bhooks\.slack(?:-gov)?\.com/)[^\s\"<>\\]++", re.IGNORECASE)
_OUTSIDE_ADDRESS = r"\s\"'<>()\[\]{},;:=|/?&%\\"
_EMAIL = re.compile(
    rf"(?<![^{_OUTSIDE_ADDRESS}])[^{_OUTSIDE_ADDRESS}@]++(?:@|%40)[^{_OUTSIDE_ADDRESS}@]++"
)
_SECRETS = re.compile(
    r"whsec_[A-Za-z0-9+/=_-]++"
    r"|\b(?:Bearer|Basic)\s++[A-Za-z0-9._~+/=-]{6,}+"
    r"|\bxox[a-z]-[A-Za-z0-9-]++"
    r"|\bre_(?=[a-z_]*+[0-9])[A-Za-z0-9_]{8,}+"
    r"|\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]++"
    r"|\bpat-[a-z]{2,3}[0-9]?-[A-Za-z0-9-]{8,}+"
    r"|\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]++"
    r"|\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]++"
    r"|\beyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]++\.[A-Za-z0-9_-]*+",
    re.IGNORECASE,
)
_NAMES_OF_SECRETS = (
    r"password|passwd|pwd|secrets?|tokens?|api[_-]?keys?|access[_-]?keys?|private[_-]?keys?|"
    r"encryption[_-]?keys?|authorization|credentials?|signature|cookie|dsn"
)
_ASSIGNED = re.compile(
    rf"(?P<name>(?:{_NAMES_OF_SECRETS})[\"']?+\s*+[:=]\s*+[\"']?+)(?!\[redacted)[^\s\"',;&}})\]]++",
    re.IGNORECASE,
)
# Ids and single words, which most values of most lines are. They hold none of it, and to look for it took 50 µs each.
_PLAIN = re.compile(
    r"(?:(?:workspace|destination|connection):)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[0-9a-f]{32}"
    r"|[a-z]{1,32}"
)
_NAMED = re.compile(rf"(?:^|[_.-])(?:{_NAMES_OF_SECRETS})$", re.IGNORECASE)
_PUNCTUATION = "/,.;:'`)]}"
_BIGINT = 2**63


class Redactor:
    """Takes out what looks like a secret, an e-mail address or the telling part of a URL.

    `secrets` are values known to be secret, such as the process's own settings; `addresses=False` leaves
    e-mail addresses in.
    """

    def __init__(self, secrets: Iterable[str] = (), *, addresses: bool = True) -> None:
        self._addresses = addresses
        # Short values would take half the words of a log line with them.
        self._known = sorted(
            {secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True
        )

    def text(self, text: str) -> str:
        # A lone surrogate is no text that could be written out.
        text = text.encode("utf-8", "replace").decode()
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        if _PLAIN.fullmatch(text):
            return text
        text = _SECRETS.sub(HIDDEN, text)
        if "://" in text:
            text = _URL.sub(_host_only, text)
        text = _BARE_WEBHOOK.sub(rf"\1{HIDDEN}", text)
        text = _ASSIGNED.sub(_name_only, text)
        if self._addresses and ("@" in text or "%40" in text):
            text = _EMAIL.sub(HIDDEN, text)
        return text

    def value(self, value: object, depth: int = 0) -> object:
        """A copy made of what JSON knows, with every string in it redacted."""
        if depth > DEEPEST:
            return "…"
        match value:
            case int() if not -_BIGINT <= value < _BIGINT:
                return str(value)
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case date():
                return value.isoformat()
            case Mapping():
                return {
                    self.text(_printed(key)): self.field(_printed(key), item, depth + 1)
                    for key, item in value.items()
                }
            case list() | tuple() | set() | frozenset():
                return [self.value(item, depth + 1) for item in value]
            case _:
                return self.text(_printed(value))

    def field(self, name: str, value: object, depth: int = 0) -> object:
        """A named value: some names give their value away."""
        if value is not None and not isinstance(value, bool) and is_secret_name(name):
            return HIDDEN
        return self.value(value, depth)


def is_secret_name(name: str) -> bool:
    return _NAMED.search(name) is not None


def _host_only(found: re.Match[str]) -> str:
    """Keep scheme and host: a webhook's URL is a credential, its host is not.

    With an @ in it there is no telling what is host and what is password.
    """
    rest = found["rest"]
    if "@" in rest:
        return f"{found['scheme']}{HIDDEN}"
    host = re.split(r"[/?#']", rest, maxsplit=1)[0].rstrip(_PUNCTUATION)
    return found[0] if rest.rstrip(_PUNCTUATION) == host else f"{found['scheme']}{host}/{HIDDEN}"


def _name_only(found: re.Match[str]) -> str:
    return found["name"] + HIDDEN


def _printed(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a log line is not lost over a value that does not print
        return f"<unprintable {type(value).__name__}>"

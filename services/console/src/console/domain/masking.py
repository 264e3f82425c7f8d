"""What of a payload is shown before somebody says why they must see it: shapes stay, people and secrets do not."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "•••"

# Look-behinds and possessive quantifiers: each run of characters is tried once, so that a megabyte of hostile text
# costs a megabyte's time.
_OUTSIDE: Final = r"\s\"'<>()\[\]{},;:=|/?&%\\"
_EMAIL: Final = re.compile(rf"(?<![^{_OUTSIDE}@])[^{_OUTSIDE}@]++(?:@|%40)[^{_OUTSIDE}@]++")
_PHONE: Final = re.compile(r"(?<![\w+-])\+?\d[\d ()./-]{6,40}+")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d\b")
_KEYS: Final = re.compile(
    r"\b(?:Bearer|Basic)\s++[\w.~+/=-]{6,}+|\bwhsec_[\w+/=-]++|\bxox[a-z]-[\w-]++|\beyJ[\w-]{8,}+\.[\w-]++"
    r"|\b(?:re|sk|pk|rk)_[\w]{12,}+|\bpat-[\w-]{8,}+|\bhooks\.slack\.com/[^\s\"<>]++",
    re.I,
)
_SECRET: Final = re.compile(
    r"secret|token|password|passwd|credential|api[_-]?key|private[_-]?key|access[_-]?key|authorization|cookie"
    r"|signature|dsn$",
    re.I,
)
_PERSONAL: Final = re.compile(
    r"e?mail|phone|mobile|address|linkedin|first_?name|last_?name|full_?name|contact_name", re.I
)


def masked(value: Any, name: str = "") -> Any:
    """The same shape without addresses, phone numbers, names of people and secrets. Ids, moments and numbers stay."""
    return _masked(value, is_secret(name), _is_personal(name))


def _masked(value: Any, secret: bool, personal: bool) -> Any:
    match value:
        case Mapping():
            # What is below something secret is secret, whatever it is called itself.
            return {
                _text(name := str(key)): _masked(
                    each, secret or is_secret(name), personal or _is_personal(name)
                )
                for key, each in value.items()
            }
        case list() | tuple():
            return [_masked(each, secret, personal) for each in value]
        case str() if value and (secret or personal):
            return HIDDEN
        case int() | float() if not isinstance(value, bool) and secret:
            return HIDDEN
        case str():
            return _text(value)
    return value


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what is written into no page."""
    return _SECRET.search(name) is not None


def _is_personal(name: str) -> bool:
    return _PERSONAL.search(name) is not None


def _text(text: str) -> str:
    """Text without the addresses, phone numbers and keys in it."""
    return _PHONE.sub(_phone, _EMAIL.sub(HIDDEN, _KEYS.sub(HIDDEN, text)))


def _phone(match: re.Match[str]) -> str:
    """Ids and moments are made of digits, too: a phone number is written with blanks, brackets or a plus."""
    found = match.group()
    number = found.rstrip(" ()./-")
    written = number.startswith("+") or " " in number or "(" in number
    is_one = written and sum(map(str.isdigit, number)) > 6 and not _MOMENT.match(number)
    return HIDDEN + found[len(number) :] if is_one else found

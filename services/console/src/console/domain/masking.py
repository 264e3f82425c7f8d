"""What of a payload is shown before somebody says why they must see it: shapes stay, people and secrets do not."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "•••"
_EMAIL: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"',;]+")
_PHONE: Final = re.compile(r"\+?\d[\d ()./-]{6,}\d")
_SECRET: Final = re.compile(
    r"secret|token|password|passwd|credential|api[_-]?key|private[_-]?key|authorization|cookie|signature",
    re.I,
)
_PERSONAL: Final = re.compile(
    r"e?mail|phone|mobile|address|linkedin|first_?name|last_?name|full_?name|contact_name", re.I
)


def masked(value: Any, name: str = "") -> Any:
    """The same shape without addresses, phone numbers, names of people and secrets. Ids, moments and numbers stay."""
    match value:
        case Mapping():
            return {key: masked(each, str(key)) for key, each in value.items()}
        case list() | tuple():
            return [masked(each, name) for each in value]
        case str() if value and (_SECRET.search(name) or _PERSONAL.search(name)):
            return HIDDEN
        case str():
            return masked_text(value)
    return value


def masked_text(text: str) -> str:
    """Text without the addresses and phone numbers in it."""
    return _PHONE.sub(_phone, _EMAIL.sub(HIDDEN, text))


def _phone(match: re.Match[str]) -> str:
    """Ids and moments are made of digits, too: a phone number is written with blanks, brackets or a plus."""
    found = match.group()
    written = found.startswith("+") or " " in found or "(" in found
    return HIDDEN if written else found

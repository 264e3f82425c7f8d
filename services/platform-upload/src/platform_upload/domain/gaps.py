"""What an update may write over: what nobody else has entered meanwhile."""

import hashlib
import re
from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Any
from uuid import UUID

from platform_upload.domain.drafts import Fields

# Stands where a platform must have something and we have nothing.
UNKNOWN = "[Unknown]"
# What platforms write in their own way, without meaning anything else by it.
_CASELESS = frozenset({"email", "domain", "website"})
# The same, under whatever name a customer has given it: it has to be known again by whoever knows the address only.
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
# Numbers also where they travel as texts. Elsewhere digits are words: `0151` is another number to call than `151`.
_NUMERIC = frozenset({"numberofemployees", "annualrevenue"})
_DIGEST_CHARACTERS = 16


class OnUpdate(StrEnum):
    """What becomes of a field that has a value at the platform already."""

    # It stays, unless it is still as we wrote it.
    FILL_GAPS = "fill_gaps"
    OVERWRITE = "overwrite"


# Digests of what we wrote last, by field: enough to know it again, and nobody's data.
Written = Mapping[str, str]


def digest(lead: UUID, name: str, value: object, *, is_number: bool = False) -> str:
    said = f"{lead}\n{name}\n{_plain(name, value, is_number=is_number)}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:_DIGEST_CHARACTERS]


def digests(
    lead: UUID, fields: Fields, *, of: str = "", numbers: Set[str] = frozenset()
) -> dict[str, str]:
    """`of` tells records of one lead apart, such as its contacts; `numbers` are fields whose texts are numbers."""
    return {
        of + name: digest(lead, of + name, value, is_number=name in numbers)
        for name, value in fields.items()
    }


def changes(  # noqa: PLR0913 - what is wanted, what is there, and what decides between them
    wanted: Fields,
    held: Fields,
    written: Written,
    *,
    lead: UUID,
    on_update: OnUpdate,
    of: str = "",
    numbers: Set[str] = frozenset(),
) -> dict[str, Any]:
    """Of the fields that are wanted, those that an update writes."""

    def may_write(name: str, value: object) -> bool:
        there = held.get(name)
        if there in (None, "", UNKNOWN):
            return True
        if value == UNKNOWN:
            return False
        if on_update is OnUpdate.OVERWRITE:
            return True
        known = digest(lead, of + name, there, is_number=name in numbers)
        return written.get(of + name) == known

    return {name: value for name, value in wanted.items() if may_write(name, value)}


def differences(
    held: Fields, fields: Fields, *, numbers: Set[str] = frozenset()
) -> dict[str, tuple[Any, Any]]:
    """Of the fields that are written, those that then say something else: what is there, and what would be."""

    def plain(name: str, value: object) -> str:
        return _plain(name, value, is_number=name in numbers)

    return {
        name: (held.get(name), value)
        for name, value in fields.items()
        if held.get(name) is None or plain(name, held[name]) != plain(name, value)
    }


def _plain(name: str, value: object, *, is_number: bool) -> str:
    """A value as platforms give it back: numbers in any notation, texts without what they trim."""
    text = "\n".join(line.rstrip() for line in str(value).strip().splitlines())
    plain_name = name.rpartition(".")[2].lower()
    if plain_name in _CASELESS or _ADDRESS.fullmatch(text):
        return text.casefold().rstrip("/")
    numeric = is_number or isinstance(value, int | float) or plain_name in _NUMERIC
    return _number(text) if numeric else text


def _number(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 10**15 else text

"""What a person corrects in a lead before it is sent again."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from leadstream.api import InvalidError
from leadstream.contracts.upload import PlatformLead

# What they say is who the lead is, and whether it may go out at all.
FIXED = frozenset({"id", "intent_score"})


def merged(held: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """With the overrides in it: of objects the named parts, of everything else the whole."""
    both = dict(held)
    for name, value in overrides.items():
        there = both.get(name)
        if isinstance(value, dict):
            both[name] = merged(there if isinstance(there, Mapping) else {}, value)
        else:
            both[name] = value
    return both


def corrected(lead: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The lead as it is to be sent, by the contract of the event that it came with; raise InvalidError."""
    for name in overrides:
        if name in FIXED:
            raise InvalidError("can't be overridden", field=f"overrides.{name}")
    changed = merged(lead, overrides)
    try:
        read = PlatformLead.model_validate_json(orjson.dumps(changed))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidError(first["msg"], field=f"overrides.{place}") from None
    found = read.model_dump(mode="json")
    for place in _unread(overrides, found):
        raise InvalidError("is no field of the upload format", field=f"overrides.{place}")
    return found


def _unread(given: object, read: object, place: str = "") -> Iterator[str]:
    """What was given and is not in what was read: a misspelt name is better noticed now."""
    if isinstance(given, dict) and isinstance(read, dict):
        for name, value in given.items():
            inner = f"{place}.{name}" if place else str(name)
            if name not in read:
                yield inner
            else:
                yield from _unread(value, read[name], inner)
    elif isinstance(given, list) and isinstance(read, list):
        for at, (one, other) in enumerate(zip(given, read, strict=False)):
            yield from _unread(one, other, f"{place}.{at}")


def texts_in(given: object) -> Iterator[str]:
    if isinstance(given, str):
        # It is refused right after; Postgres has no place for it.
        yield given.replace("\0", " ")
    elif isinstance(given, dict):
        for value in given.values():
            yield from texts_in(value)
    elif isinstance(given, list):
        for value in given:
            yield from texts_in(value)

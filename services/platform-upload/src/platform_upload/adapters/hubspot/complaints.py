"""Which properties HubSpot refuses: it says so in lists, in JSON inside a sentence, or in words."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from platform_upload.domain.drafts import Complaint

PROPERTY_MISSING = "PROPERTY_DOESNT_EXIST"

_MISSING_WORDS = re.compile(r'Property "?([A-Za-z]\w*)"? does not exist', re.IGNORECASE)
# What is left of a JSON that was cut off.
_NAME = re.compile(r'\\?"name\\?"\s*:\s*\\?"([A-Za-z]\w*)')
_INVALID_WORDS = re.compile(r"\b(not valid|invalid|validation)\b", re.IGNORECASE)
_VALIDATION = "VALIDATION_ERROR"
# A sentence has a bracket or two before its JSON, not hundreds.
_LOOKS = 8
_decoder = json.JSONDecoder()


def complaints_of(error: object) -> tuple[Complaint, ...]:
    """One for each property; one without a name where values are refused and none is named."""
    if not isinstance(error, Mapping):
        return ()
    found = {each.field: each for each in _named(error)}
    if found:
        return tuple(found.values())
    message = _text(error.get("message"))
    if error.get("category") == _VALIDATION and _INVALID_WORDS.search(message):
        return (Complaint(field=None, code=_VALIDATION, message=message),)
    return ()


def _named(error: Mapping[str, Any]) -> Iterator[Complaint]:
    for detail in _objects(error.get("errors")):
        yield from _named(detail)
    code = _text(error.get("code") or error.get("error") or error.get("category"))
    message = _text(error.get("message"))
    inside = [each for each in _inside(message) if isinstance(each.get("name"), str)]
    if inside:
        yield from (_from_sentence(each) for each in inside)
        return
    context = error.get("context")
    named = context.get("propertyName") if isinstance(context, Mapping) else None
    named = named or error.get("in") or _NAME.findall(message)
    for name in named if isinstance(named, list) else [named]:
        if isinstance(name, str) and name:
            yield _complaint(name, code, message)
    for name in () if named else _MISSING_WORDS.findall(message):
        yield _complaint(name, PROPERTY_MISSING, message)


def _complaint(name: str, code: str, message: str, value: object = None) -> Complaint:
    absent = code == PROPERTY_MISSING or bool(_MISSING_WORDS.search(message))
    return Complaint(
        field=name,
        code=PROPERTY_MISSING if absent else code,
        message=message,
        value=value if isinstance(value, str) else None,
        absent=absent,
    )


def _from_sentence(each: Mapping[str, Any]) -> Complaint:
    value = each.get("propertyValue", each.get("value"))
    code, message = _text(each.get("error") or _VALIDATION), _text(each.get("message"))
    return _complaint(each["name"], code, message, value)


def _inside(message: str) -> list[Mapping[str, Any]]:
    """The JSON in `Property values were not valid: [{"name": …}]`."""
    brackets = (at for at, letter in enumerate(message) if letter in "[{")
    for start in islice(brackets, _LOOKS):
        try:
            found, _ = _decoder.raw_decode(message, start)
        except (ValueError, RecursionError):
            continue
        listed = _objects(found if isinstance(found, list) else [found])
        if listed:
            return listed
    return []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

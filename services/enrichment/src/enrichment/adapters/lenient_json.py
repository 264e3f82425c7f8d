"""Reads what a provider sent, and leaves out of its texts what Postgres can't hold."""

import json
import re
from typing import Any

import orjson

# U+0000, and halves of surrogate pairs.
_UNSUPPORTED = re.compile("[\x00\ud800-\udfff]")


class NotJsonError(ValueError):
    """There is nothing in it that could be read."""


def parse_answer(content: bytes) -> Any:
    """Raises NotJsonError."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return _parse_loosely(content)


def clean_text(value: object, *, longest: int) -> str | None:
    """The text without what can't be stored and the space around it; None where nothing is left, or it is no text."""
    if not isinstance(value, str):
        return None
    return _UNSUPPORTED.sub("", value).strip()[:longest].strip() or None


def _parse_loosely(content: bytes) -> Any:
    """The standard library lets half a surrogate pair through, for `clean_text` to take out; NaN it must not."""
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise NotJsonError("the answer is no JSON") from exc


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")

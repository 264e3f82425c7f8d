"""JSON from a provider: read as leniently as it can be used, unlike our own events."""

import json
from typing import Any, NoReturn

import orjson


def read_json(content: bytes) -> Any:
    """Parse an answer; raise ValueError if it is no JSON.

    Half a surrogate pair is let through, for the reader to take out of the text: orjson would refuse the whole answer
    for it.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return _read_slowly(content)


def _read_slowly(content: bytes) -> Any:
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")

"""JSON from a provider: read as leniently as it can be used, unlike our own events."""

import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

from leadstream.reading.encodings import decode

# Half of a surrogate pair: it is no character, and neither orjson nor Postgres takes it.
_HALF: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
# As many digits as no amount has; Python's own limit raises at 4,300.
_MOST_DIGITS: Final = 100


class NotJsonError(ValueError):
    """There is nothing in it that could be read."""


def read_json(content: bytes, charset: str | None = None) -> Any:
    """The document in a provider's answer, None where there is no content at all; raises NotJsonError.

    Whatever its encoding, with or without a byte-order mark; what no text can hold (U+0000, half a surrogate pair) is
    left out of the texts, and a number beyond any measure is None. NaN and Infinity are no JSON, nor is a nesting of a
    thousand levels.
    """
    if b"\\u0000" not in content:
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
    return _read_mended(decode(content, charset))


def _read_mended(text: str) -> Any:
    text = _without_unholdable(text)
    if not text.strip():
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _read_slowly(text)


def _without_unholdable(text: str) -> str:
    # An escaped backslash is put aside meanwhile, or the "u0000" after it would be taken for an escape.
    text = text.replace("\0", "").replace("\\\\", "\0").replace("\\u0000", "")
    return _HALF.sub("", text).replace("\0", "\\\\")


def _read_slowly(text: str) -> Any:
    """For what orjson refuses: 1e400, and a line break inside a text."""
    try:
        return json.loads(
            text, strict=False, parse_constant=_refuse, parse_float=_finite, parse_int=_integer
        )
    except (ValueError, RecursionError) as exc:
        raise NotJsonError("the answer is no JSON") from exc


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None

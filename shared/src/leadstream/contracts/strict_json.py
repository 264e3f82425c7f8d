"""JSON as the standard has it, and only text that Postgres can hold."""

import re
from typing import Any, Final, NoReturn

import orjson

from leadstream.contracts.rejection import Reason, RefusedError

# An escaped NUL, as opposed to an escaped backslash followed by "u0000".
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def parse(value: bytes) -> Any:
    """Read a JSON document. Of a key that is there twice the last counts, as in Postgres' jsonb."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        _refuse(value, error)
    if has_nul(value):
        raise RefusedError(Reason.UNSUPPORTED_TEXT, "text with \\u0000")
    return document


def has_nul(value: bytes) -> bool:
    """Whether any string of a JSON document has U+0000 in it."""
    return b"\\u0000" in value and _NUL.search(value) is not None


def _refuse(value: bytes, error: orjson.JSONDecodeError) -> NoReturn:
    # orjson tells these apart in its words only; the tests hold them to an orjson upgrade.
    try:
        value.decode()
    except UnicodeDecodeError as exc:
        raise RefusedError(Reason.INVALID_UTF8, f"not UTF-8 at byte {exc.start}") from None
    if "depth limit" in error.msg:
        raise RefusedError(Reason.TOO_DEEP, "nested more than 1,024 deep") from None
    if "surrogate" in error.msg:
        raise RefusedError(
            Reason.UNSUPPORTED_TEXT, f"half a surrogate pair at {error.pos}"
        ) from None
    raise RefusedError(Reason.MALFORMED_JSON, f"{error.msg}, at character {error.pos}") from None

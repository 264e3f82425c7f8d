"""Which failures are the same: of one kind, class and status, in the same words but for what names a single thing."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from leadstream.ids import derived_id

# Read no further: what is beyond tells no failure from another.
LONGEST_READ: Final = 1000
LONGEST: Final = 300

_HOST_ENDINGS: Final = (
    "com|org|net|edu|gov|info|biz|io|dev|app|ai|co|cloud|tech|online|site|shop|eu|us|uk|de|fr|ch|nl|es|pl|se|dk|fi|ca|au|nz|jp"
    "|br|mx|cn|ru|example|test|invalid|localhost|local|internal|svc|lan"
)
# In this order: an address holds a host, a time holds numbers.
_PLACES: Final[Sequence[tuple[re.Pattern[str], str]]] = [
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]++", re.IGNORECASE), "<url>"),
    (
        re.compile(
            r"(?:[^\s\"'<>()\[\]{},;:=|/?&\\@%]|(?<=\w)')++(?:@|%40)[^\s\"'<>()\[\]{},;:=|/?&\\@%]++"
        ),
        "<address>",
    ),
    (
        re.compile(
            r"(?<![0-9a-z])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE
        ),
        "<id>",
    ),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?",
            re.IGNORECASE,
        ),
        "<time>",
    ),
    (re.compile(r"\[[0-9a-f:.]*:[0-9a-f:.]*\](?::\d{1,5})?", re.IGNORECASE), "<host>"),
    (
        re.compile(
            r"(?<![\w:.])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,7}(?![\w:])", re.IGNORECASE
        ),
        "<host>",
    ),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\d)(?::\d{1,5})?"), "<host>"),
    (
        re.compile(
            rf"(?<![\w.-])(?:localhost|(?:[a-z0-9_](?:[a-z0-9_-]{{0,62}})\.){{1,10}}(?:{_HOST_ENDINGS}))"
            r"(?![\w-]|\.\w)(?::\d{1,5})?",
            re.IGNORECASE,
        ),
        "<host>",
    ),
    # What mixes letters and digits at such length is somebody's id, or a token.
    (
        re.compile(r"(?<![^\W_])(?=[a-z]*+\d)(?=\d*+[a-z])[a-z0-9]{8,}+(?![^\W_])", re.IGNORECASE),
        "<id>",
    ),
    (re.compile(r"(?<!\w)\d+(?:[.,:]\d+)*"), "<n>"),
]


def wording(message: str) -> str:
    """The message without what names a single thing: ids, numbers, times, addresses, hosts."""
    text = " ".join(message[:LONGEST_READ].split())
    for pattern, place in _PLACES:
        text = pattern.sub(place, text)
    return text[:LONGEST]


def failure_key(
    kind: str, error_class: str | None, status_code: int | None, message: str | None
) -> UUID:
    """The group that a failed job belongs to; the same everywhere and always."""
    status = "" if status_code is None else status_code
    return derived_id("failure", kind, error_class or "", status, wording(message or ""))

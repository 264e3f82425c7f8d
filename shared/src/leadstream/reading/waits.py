"""How long to wait, as providers say it."""

import re
from datetime import datetime, timedelta
from typing import Final

from leadstream.reading.moments import any_moment

SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(hours=24)
LONGEST: Final = 256

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_WORDS: Final = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.ASCII)
# A number of this size may be Unix time; where it is a moment not far away, it is one.
_A_MOMENT: Final = 10**9
_FAR: Final = timedelta(days=400)


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """How long a Retry-After, or a header that says when a limit is reset, asks to wait: from a second to a day.

    Seconds, a date, Unix time, or a span (`30s`, `1m30s`); of several, which is what a repeated header comes as, the
    longest. None when there is nothing to be read: `inf` and `nan` say nothing.
    """
    if value is None:
        return None
    value = value[:LONGEST]
    read = [_one(each.strip(), now) for each in (value, *value.split(","))]
    found = [each for each in read if each is not None]
    return min(max(*found, SHORTEST_WAIT), LONGEST_WAIT) if found else None


def _one(text: str, now: datetime) -> timedelta | None:
    size = text.casefold().lstrip("+-")
    if size and not _SPAN.sub("", size):
        return SHORTEST_WAIT if text.startswith("-") else _span(size, now)
    until = any_moment(text)
    return until - now if until else None


def _span(text: str, now: datetime) -> timedelta | None:
    parts = _SPAN.findall(text)
    bare = [unit for _, unit in parts if not unit]
    if any(unit not in _WORDS for _, unit in parts) or (bare and len(parts) > 1):
        return None
    seconds = sum(float(size) * _UNITS[_WORDS[unit]] for size, unit in parts)
    if bare and seconds >= _A_MOMENT and (until := any_moment(text)) and abs(until - now) < _FAR:
        return until - now
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))

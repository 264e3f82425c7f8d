"""Dates and times as people and machines write them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999
LONGEST: Final = 64

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# By the number of their digits: seconds since 2001, then the thousandths of each.
_TICKS: Final = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
_UNIX: Final = re.compile(r"(\d{9,})(?:\.\d*)?", re.ASCII)
_ZONE_NAME: Final = re.compile(r"\s?(?:utc|gmt)\Z", re.IGNORECASE)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?=\D|\Z)")
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?=\D|\Z)")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_MONTH_FIRST: Final = re.compile(
    rf"{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})", re.IGNORECASE
)
_DAY_FIRST: Final = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (\d{{4}})", re.IGNORECASE)
_CLOCK: Final = re.compile(r"\d:\d")
_LETTERS: Final = re.compile(r"[A-Za-z]{3}")


def moment(value: object) -> datetime | None:
    """A moment in UTC, or None for nonsense.

    ISO 8601 with or without a time and a zone (none is UTC), the three dates of HTTP, `Nov 29, 2026`, and Unix time in
    seconds down to nanoseconds. `11/12/2026` is two days: it is left out.
    """
    read = any_moment(value)
    return read if read and FIRST_YEAR <= read.year <= LAST_YEAR else None


def any_moment(value: object) -> datetime | None:
    """The same, in whatever year."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # As its digits; what is too large to be a time is not worth writing out.
        value = f"{value:.0f}" if abs(value) < 10**20 else None
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    return _read(" ".join(value.split()))


def _read(text: str) -> datetime | None:
    if ticks := _UNIX.fullmatch(text):
        return _unix(ticks[1])
    for form in (_iso, _named):
        try:
            found = form(text)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _unix(digits: str) -> datetime | None:
    ticks = _TICKS.get(len(digits))
    return _EPOCH + timedelta(microseconds=int(digits) * 10**6 // ticks) if ticks else None


def _iso(text: str) -> datetime:
    text = _ZONE_NAME.sub("+00:00", text.upper())
    text = _YEAR_FIRST.sub(lambda day: _day(day[1], day[2], day[3]), text, count=1)
    text = _DOTTED.sub(lambda day: _day(day[3], day[2], day[1]), text, count=1)
    return datetime.fromisoformat(text)


def _day(year: str, month: str, day: str) -> str:
    return f"{year}-{int(month):02}-{int(day):02}"


def _named(text: str) -> datetime:
    """With the name of a month: parsed as an e-mail's date is."""
    if not _LETTERS.search(text):
        raise ValueError("no month has a name")
    text = _MONTH_FIRST.sub(r"\2 \1 \3", text, count=1)
    text = _DAY_FIRST.sub(r"\1 \2 \3", text, count=1)
    return parsedate_to_datetime(text if _CLOCK.search(text) else f"{text} 00:00:00")

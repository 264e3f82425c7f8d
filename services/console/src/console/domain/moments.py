"""Moments as people type them into a filter: exact, or so long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_DISTANCE: Final = re.compile(r"([0-9]{1,5}) ?(min|m|h|d)")
_UNITS: Final = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days"}


def earlier(text: str, now: datetime) -> datetime:
    """`24h`, `30min`, `7d` before now; or a moment. Raises ValueError."""
    distance = _distance(text)
    return _exact(text) if distance is None else now - distance


def later(text: str, now: datetime) -> datetime:
    """The same, after now."""
    distance = _distance(text)
    return _exact(text) if distance is None else now + distance


def _distance(text: str) -> timedelta | None:
    match = _DISTANCE.fullmatch(text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


def _exact(text: str) -> datetime:
    """As ISO 8601 has it; without a zone it is UTC."""
    moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

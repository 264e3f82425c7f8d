import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=24)


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After of either form, clamped to [1 s, 24 h]; None when there is none to be read."""
    if value is None:
        return None
    seconds = _seconds(value.strip())
    if seconds is None:
        seconds = _seconds_until(value.strip(), now)
    if seconds is None:
        return None
    clamped = min(max(seconds, SHORTEST.total_seconds()), LONGEST.total_seconds())
    return timedelta(seconds=clamped)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return None if math.isnan(seconds) else seconds


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
        # An HTTP date is always GMT, whether it says so ("-0000" and none at all parse as naive) or not.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

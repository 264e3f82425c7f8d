"""What a month will come to: what is spent of it, and for each day that is left what such weekdays cost lately."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

# Each weekday four times: long enough for one odd day not to decide, short enough to follow a change.
HISTORY: Final = timedelta(weeks=4)
_SATURDAY: Final = 5


def month_forecast(spent: Mapping[date, Decimal], today: date) -> Decimal:
    """Caps are not looked at: the forecast tells whether they will be reached.

    `spent` is by day, for the month of `today` and for HISTORY before it at least; a day that is missing cost nothing.
    History begins with the first day that cost anything, so that a new workspace's month is not held against the days
    before it came. A weekday that it has not had yet is taken for others of its kind (working days, weekends), or for
    all: within the first week this is no more than a guess.
    """
    begin = today.replace(day=1)
    end = (begin + timedelta(days=31)).replace(day=1)
    seen = _seen(spent, today)
    so_far = sum((cost for day, cost in spent.items() if begin <= day < today), Decimal(0))
    today_so_far = spent.get(today, Decimal(0))
    expected = [_expected(seen, weekday, today_so_far) for weekday in range(7)]
    # Of today something is still to come, unless it is dearer than its like already.
    whole_today = max(today_so_far, expected[today.weekday()])
    coming = (expected[day.weekday()] for day in _days(today + timedelta(days=1), end))
    return so_far + whole_today + sum(coming, Decimal(0))


def _seen(spent: Mapping[date, Decimal], today: date) -> dict[date, Decimal]:
    """The whole days there are to learn from."""
    since = today - HISTORY
    costly = [day for day, cost in spent.items() if since <= day < today and cost]
    if not costly:
        return {}
    return {day: spent.get(day, Decimal(0)) for day in _days(min(costly), today)}


def _expected(seen: Mapping[date, Decimal], weekday: int, today_so_far: Decimal) -> Decimal:
    is_weekend = weekday >= _SATURDAY
    same = [cost for day, cost in seen.items() if day.weekday() == weekday]
    kind = [cost for day, cost in seen.items() if (day.weekday() >= _SATURDAY) is is_weekend]
    found = same or kind or list(seen.values()) or [today_so_far]
    return sum(found, Decimal(0)) / len(found)


def _days(begin: date, end: date) -> list[date]:
    return [begin + timedelta(days=n) for n in range((end - begin).days)]

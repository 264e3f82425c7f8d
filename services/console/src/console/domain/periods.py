"""A month or a day, as it stands in a URL."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """Days of UTC; `end` is not in it."""

    first: date
    end: date
    is_day: bool

    @property
    def since(self) -> str:
        return _start(self.first)

    @property
    def until(self) -> str:
        return _start(self.end)

    @property
    def days(self) -> tuple[str, str]:
        return self.first.isoformat(), self.end.isoformat()

    @property
    def words(self) -> str:
        return f"{self.first:%d %B %Y}".lstrip("0") if self.is_day else f"{self.first:%B %Y}"

    @property
    def name(self) -> str:
        """As it is in a URL."""
        return self.first.isoformat() if self.is_day else self.first.isoformat()[:7]


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1), is_day=False)


def read_period(text: str | None, today: date) -> Period:
    """`2026-11` or `2026-11-29`; nothing is the month of today. Raises ValueError."""
    if text is None:
        return month_of(today)
    try:
        if len(text) == len("2026-11"):
            return month_of(date.fromisoformat(f"{text}-01"))
        day = date.fromisoformat(text)
        return Period(day, day + timedelta(days=1), is_day=True)
    except (ValueError, OverflowError):
        raise ValueError("write a month as 2026-11, or a day as 2026-11-29") from None


def _start(day: date) -> str:
    return datetime.combine(day, time(), tzinfo=UTC).isoformat()

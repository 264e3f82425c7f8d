"""How much more, or less, a topic was talked about than the week before."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

_TENTH = Decimal("0.1")
_NOTABLE = Decimal(10)


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    STABLE = "stable"


@dataclass(frozen=True, slots=True)
class Week:
    """Sunday 00:00 to Saturday 24:00 UTC, named by its Sunday."""

    start: date

    @property
    def end(self) -> date:
        """Its Saturday."""
        return self.start + timedelta(days=6)

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.start, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is not in it any more."""
        return self.begins_at + timedelta(days=7)

    @property
    def before(self) -> "Week":
        return Week(self.start - timedelta(days=7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    # None where there is nothing to compare with.
    percent: Decimal | None
    direction: Direction


def finished_week(moment: datetime) -> Week:
    """The last week that was over at the given moment."""
    day = moment.astimezone(UTC).date()
    since_sunday = day.isoweekday() % 7
    return Week(day - timedelta(days=since_sunday + 7))


def compare(volume: int, previous: int) -> Change:
    if previous == 0:
        if volume == 0:
            return Change(percent=Decimal("0.0"), direction=Direction.STABLE)
        return Change(percent=None, direction=Direction.UP)
    exact = Decimal(volume - previous) * 100 / previous
    # The direction goes by the figure that people see, so that a 10.0 is never called up.
    percent = exact.quantize(_TENTH, ROUND_HALF_UP)
    return Change(percent=percent, direction=_direction(percent))


def _direction(percent: Decimal) -> Direction:
    if percent > _NOTABLE:
        return Direction.UP
    return Direction.DOWN if percent < -_NOTABLE else Direction.STABLE

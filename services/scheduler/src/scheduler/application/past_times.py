"""How a schedule has kept its times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from scheduler.application.ports import Cron
from scheduler.domain.schedule import Schedule

# Times are looked for back from now in windows, each so many times as long as the one before.
_FIRST: Final = timedelta(hours=1)
_GROWTH: Final = 4
_MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Emitted:
    """A tick as it is remembered."""

    id: object
    emitted_at: datetime
    manual: bool


def past_times(
    cron: Cron,
    schedule: Schedule,
    ticks: Mapping[datetime, Emitted],
    *,
    since: datetime,
    now: datetime,
    count: int,
) -> list[tuple[datetime, Emitted | None]]:
    """The last times, in order, each with its tick or without: those that the cron has had since, and all ticks.

    While a schedule does not run, nothing is due that is not settled.
    """
    until = now if schedule.runs else min(schedule.settled_until, now)
    due = _last(cron, schedule, since=since, until=until, count=count)
    times = sorted({*due, *ticks})[-count:]
    return [(time, ticks.get(time)) for time in times]


def _last(
    cron: Cron, schedule: Schedule, *, since: datetime, until: datetime, count: int
) -> list[datetime]:
    window = _FIRST
    while since < until:
        after = max(since, until - window)
        times = cron.times(schedule.cron, schedule.timezone, after=after, until=until, limit=_MOST)
        if len(times) >= count or after == since:
            return times[-count:]
        window *= _GROWTH
    return []

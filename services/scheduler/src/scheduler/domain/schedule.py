"""When a schedule is due, as values: nothing here reads a clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class CatchUp(StrEnum):
    """What becomes of the times that passed while no scheduler ran."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"

    @property
    def window(self) -> timedelta:
        """How late a tick may be. Why these: docs/adr/0004."""
        return _WINDOWS[self]


_WINDOWS = {
    # Still on time: the process was restarted, the database was slow.
    CatchUp.NONE: timedelta(seconds=60),
    # A missed time is let go when the next one is nearly due: for a daily schedule, two hours before.
    CatchUp.LATEST: timedelta(hours=22),
    # Bounded, so that a schedule of every minute that was off for a year does not flood the pipeline.
    CatchUp.ALL: timedelta(days=31),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    name: str
    cron: str
    timezone: str
    catch_up: CatchUp
    enabled: bool
    params: Mapping[str, Any]
    pause_reason: str | None
    # Every time up to here is settled: ticked, or let go.
    settled_until: datetime
    next_at: datetime | None

    @property
    def runs(self) -> bool:
        return self.enabled and self.pause_reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    schedule: str
    scheduled_for: datetime
    emitted_at: datetime
    manual: bool
    params: Mapping[str, Any]


def due_times(times: Sequence[datetime], *, now: datetime, catch_up: CatchUp) -> list[datetime]:
    """Which times get a tick: `times` are all since the last settled one, in order."""
    recent = [time for time in times if timedelta(0) <= now - time < catch_up.window]
    return recent if catch_up is CatchUp.ALL else recent[-1:]


def earliest_of_interest(schedule: Schedule, *, now: datetime) -> datetime:
    """Where to begin to look for due times: up to here, none could get a tick."""
    return max(schedule.settled_until, now - schedule.catch_up.window)


def settled(schedule: Schedule, *, until: datetime, next_at: datetime | None) -> Schedule:
    """The schedule with everything up to `until` behind it; a clock that was set back takes nothing back."""
    until = max(schedule.settled_until, until)
    return replace(schedule, settled_until=until, next_at=next_at)

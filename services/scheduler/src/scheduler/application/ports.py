from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from scheduler.domain.schedule import Schedule, Tick


class Cron(Protocol):
    def times(
        self, cron: str, timezone: str, *, after: datetime, until: datetime, limit: int
    ) -> list[datetime]:
        """The first `limit` times in (after, until], in UTC, as Debian's cron would run them.

        Like next_times, raises InvalidScheduleError for what `check` refuses.
        """

    def next_times(
        self, cron: str, timezone: str, *, after: datetime, count: int
    ) -> list[datetime]:
        """The next `count` times after `after`, in UTC; fewer where the expression has no more."""

    def check(self, cron: str, timezone: str) -> None:
        """Raise InvalidScheduleError, saying which of the two is wrong and how."""


class Schedules(Protocol):
    async def lock_due(self, now: datetime) -> list[Schedule]:
        """Schedules that run and whose next time has come, locked against other replicas until the transaction ends."""

    async def save(self, schedule: Schedule) -> None:
        """Store where the schedule has got to."""

    async def add_ticks(self, ticks: Sequence[Tick]) -> list[Tick]:
        """Insert ticks with their events; return those that were not there before."""

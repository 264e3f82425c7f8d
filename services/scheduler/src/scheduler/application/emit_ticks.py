"""Emit a tick for every time that has come."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.application.errors import InvalidScheduleError
from scheduler.application.ports import Cron, Schedules
from scheduler.domain.schedule import Schedule, Tick, due_times, earliest_of_interest, settled

log = logging.getLogger(__name__)

# More than `latest` can have in its window (22 h of minutes), so that only `all` is ever cut into pieces.
MOST_AT_ONCE = 2000
# When to look again at a schedule that can't be read.
REST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class EmitTicks:
    cron: Cron

    async def __call__(self, schedules: Schedules, *, now: datetime) -> list[Tick]:
        """Emit what is due now and return the new ticks. Must run inside one transaction."""
        emitted: list[Tick] = []
        for schedule in await schedules.lock_due(now):
            emitted += await self.emit(schedules, schedule, now=now)
        return emitted

    async def emit(self, schedules: Schedules, schedule: Schedule, *, now: datetime) -> list[Tick]:
        """Emit what is due of one schedule, which the caller's transaction has locked."""
        try:
            ticks, moved_on = self._plan(schedule, now)
        except InvalidScheduleError as exc:
            # It was checked when it was put; other time zone data may see it otherwise. The others must go on.
            log.error(  # noqa: TRY400 - the reason is all there is to say
                "schedule.unreadable", extra={"schedule": schedule.name, "error": str(exc)}
            )
            await schedules.save(replace(schedule, next_at=now + REST))
            return []
        added = await schedules.add_ticks(ticks)
        await schedules.save(moved_on)
        return added

    def _plan(self, schedule: Schedule, now: datetime) -> tuple[list[Tick], Schedule]:
        after = earliest_of_interest(schedule, now=now)
        times = self.cron.times(
            schedule.cron, schedule.timezone, after=after, until=now, limit=MOST_AT_ONCE
        )
        ticks = [
            Tick(
                schedule=schedule.name,
                scheduled_for=time,
                emitted_at=now,
                manual=False,
                params=schedule.params,
            )
            for time in due_times(times, now=now, catch_up=schedule.catch_up)
        ]
        # Cut short, the rest is due at the next look.
        reached = times[-1] if len(times) == MOST_AT_ONCE else now
        return ticks, self._moved_on(schedule, reached)

    def _moved_on(self, schedule: Schedule, reached: datetime) -> Schedule:
        after = max(reached, schedule.settled_until)
        upcoming = self.cron.next_times(schedule.cron, schedule.timezone, after=after, count=1)
        return settled(schedule, until=reached, next_at=upcoming[0] if upcoming else None)

"""Times of a cron expression in a time zone: cronsim, which follows Debian's cron over DST."""

from datetime import UTC, datetime
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from scheduler.application.errors import InvalidScheduleError

FIELDS = 5


class CronsimCron:
    def times(
        self, cron: str, timezone: str, *, after: datetime, until: datetime, limit: int
    ) -> list[datetime]:
        upcoming = _Times(_simulated(cron, timezone, after), after)
        return list(islice(takewhile(lambda time: time <= until, upcoming), limit))

    def next_times(
        self, cron: str, timezone: str, *, after: datetime, count: int
    ) -> list[datetime]:
        return list(islice(_Times(_simulated(cron, timezone, after), after), count))

    def check(self, cron: str, timezone: str) -> None:
        now = datetime.now(UTC)
        if not self.next_times(cron, timezone, after=now, count=1):
            raise InvalidScheduleError("cron", "there is no such time")


def _simulated(cron: str, timezone: str, after: datetime) -> CronSim:
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise InvalidScheduleError("timezone", f"no such time zone: {timezone[:60]}") from None
    # cronsim also takes a sixth field, of seconds.
    if len(cron.split()) != FIELDS:
        raise InvalidScheduleError("cron", "expected five fields: minute hour day month weekday")
    try:
        return CronSim(cron, after.astimezone(zone))
    except CronSimError as exc:
        raise InvalidScheduleError("cron", str(exc)) from exc


class _Times:
    """cronsim's times in UTC, each once and later than the one before: a repeated hour must not repeat a tick."""

    def __init__(self, times: CronSim, after: datetime) -> None:
        self._times = times
        self._last = after

    def __iter__(self) -> "_Times":
        return self

    def __next__(self) -> datetime:
        while True:
            time: datetime = next(self._times).astimezone(UTC)
            if time > self._last:
                self._last = time
                return time

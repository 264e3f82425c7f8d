"""When ticks are due, as figures. The times, not how late: a clock that stands still shows all the same."""

import asyncio
import logging
from contextlib import suppress

from leadstream.observability.metrics import (
    SCHEDULE_LAST_TICK_TIMESTAMP_SECONDS,
    SCHEDULE_NEXT_TICK_TIMESTAMP_SECONDS,
    TICK_LATENESS_SECONDS,
    TICKS_TOTAL,
)
from leadstream.postgres import UNAVAILABLE, Database
from scheduler.adapters.postgres import SQL

log = logging.getLogger(__name__)
SECONDS = 5.0


class ScheduleGauges:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except UNAVAILABLE as exc:
                log.warning("gauges.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

    async def look(self) -> None:
        rows = await self._database.pool.fetch(SQL.schedule_times)
        SCHEDULE_NEXT_TICK_TIMESTAMP_SECONDS.clear()
        SCHEDULE_LAST_TICK_TIMESTAMP_SECONDS.clear()
        for row in rows:
            # There from the start: a series that begins with its first tick shows no increase by it.
            TICKS_TOTAL.labels(row["name"])
            TICK_LATENESS_SECONDS.labels(row["name"])
            if row["next_at"] is not None:
                next_tick = SCHEDULE_NEXT_TICK_TIMESTAMP_SECONDS.labels(row["name"])
                next_tick.set(row["next_at"].timestamp())
            if row["last_at"] is not None:
                last_tick = SCHEDULE_LAST_TICK_TIMESTAMP_SECONDS.labels(row["name"])
                last_tick.set(row["last_at"].timestamp())

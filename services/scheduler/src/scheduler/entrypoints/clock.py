"""The clock loop: looks for due schedules, a few times a second."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from leadstream.clock import Clock
from leadstream.observability.metrics import TICK_LATENESS_SECONDS, TICKS_TOTAL, start_at_zero
from leadstream.postgres import UNAVAILABLE, Database
from scheduler.adapters.postgres import PostgresSchedules, tick_id
from scheduler.application.builtin import BUILTIN
from scheduler.application.emit_ticks import EmitTicks
from scheduler.domain.schedule import Tick

log = logging.getLogger(__name__)

start_at_zero(TICKS_TOTAL, BUILTIN)
start_at_zero(TICK_LATENESS_SECONDS, BUILTIN)


class ClockLoop:
    def __init__(
        self, database: Database, emit_ticks: EmitTicks, clock: Clock, *, interval: timedelta
    ) -> None:
        self._database = database
        self._emit_ticks = emit_ticks
        self._clock = clock
        self._interval = interval

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except UNAVAILABLE as exc:
                log.warning("clock.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._interval.total_seconds())

    async def look(self) -> list[Tick]:
        """Emit what is due now."""
        async with self._database.transaction() as tx:
            ticks = await self._emit_ticks(PostgresSchedules(tx), now=self._clock.now())
        for tick in ticks:
            observe(tick)
        return ticks


def observe(tick: Tick) -> None:
    """Count a tick that is durable now."""
    lateness = (tick.emitted_at - tick.scheduled_for).total_seconds()
    TICKS_TOTAL.labels(tick.schedule).inc()
    if not tick.manual:
        TICK_LATENESS_SECONDS.labels(tick.schedule).observe(max(0.0, lateness))
    log.info(
        "tick.emitted",
        extra={
            "tick_id": str(tick_id(tick)),
            "schedule": tick.schedule,
            "scheduled_for": tick.scheduled_for.isoformat(),
            "lateness_seconds": round(lateness, 3),
            "manual": tick.manual,
        },
    )

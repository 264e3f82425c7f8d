"""What goes on beside records and jobs: noticing cancelled jobs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from delivery.adapters.endings import SQL, write_progress
from delivery.domain.delivery import Status
from delivery.domain.progress import Progress
from delivery.entrypoints.recorder import count_delivery, observe_told
from leadstream.clock import Clock
from leadstream.outbox import add_events
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)
BATCH = 500


class Cancellations:
    """An operator cancels a job; here the delivery learns of it, and the lead comes to its end."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        await every(timedelta(seconds=2), self.take, stop)

    async def take(self) -> int:
        async with self._database.transaction() as tx:
            rows = await tx.fetch(SQL.cancelled_meanwhile, BATCH)
            if not rows:
                return 0
            progress = [
                Progress(
                    delivery_id=row["id"],
                    at=self._clock.now(),
                    status=Status.CANCELLED,
                    error_class="cancelled",
                    error="an operator has cancelled the job",
                )
                for row in rows
            ]
            written = await write_progress(tx, progress)
            await add_events(tx, written.events)
        for channel in written.channels.values():
            count_delivery(channel, Status.CANCELLED.value)
        observe_told(written.told)
        return len(rows)


async def every(rest: timedelta, do: Callable[[], Awaitable[int]], stop: asyncio.Event) -> None:
    """Do it until `stop`, resting in between; at once again after a full batch."""
    while not stop.is_set():
        try:
            if await do() >= BATCH:
                continue
        except UNAVAILABLE as exc:
            log.warning("loop.postgres_unavailable", extra={"error": repr(exc)})
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), rest.total_seconds())

"""What goes on beside records and jobs: noticing what is held."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from delivery.adapters.digests import why_waiting
from delivery.adapters.endings import SQL, hold
from delivery.adapters.troubles import SQL as TROUBLES
from delivery.application.deliver import GONE
from delivery.entrypoints.recorder import LONGEST_ERROR, observe_told
from leadstream.clock import Clock
from leadstream.outbox import add_events
from leadstream.pauses import lift
from leadstream.postgres import UNAVAILABLE, Database
from leadstream.reading import one_line

log = logging.getLogger(__name__)
BATCH = 500
# A pause that has been there for this long is one that leads need not wait for: most of them are over sooner.
LASTING = timedelta(minutes=1)


class Holding:
    """Leads wait for no destination that is held: their end is announced without it.

    And no destination is held because it is gone that is not, or is no more.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        await every(timedelta(seconds=5), self.take, stop)

    async def take(self) -> int:
        async with self._database.transaction() as tx:
            for row in await tx.fetch(TROUBLES.unfounded_pauses):
                await lift(tx, row["scope"], reason=GONE)
            rows = await tx.fetch(SQL.newly_held, BATCH, LASTING)
            if not rows:
                return 0
            held = {row["id"]: _why_held(row) for row in rows}
            written = await hold(tx, held, now=self._clock.now())
            await add_events(tx, written.events)
        observe_told(written.told)
        return len(rows)


def _why_held(row: Any) -> str:
    if row["due_at"] is not None:
        return why_waiting(row["due_at"])
    said = one_line(row["detail"], LONGEST_ERROR)
    return f"{one_line(row['reason'], LONGEST_ERROR)}: {said}" if said else one_line(row["reason"])


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

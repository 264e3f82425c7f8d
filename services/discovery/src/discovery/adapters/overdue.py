"""How many leads nobody has been told of in time: what never ends shows in no histogram."""

import asyncio
import logging
from contextlib import suppress

from leadstream.clock import Clock
from leadstream.observability.metrics import LEADS_OVERDUE
from leadstream.postgres import UNAVAILABLE, Database, load_queries

log = logging.getLogger(__name__)
SQL = load_queries("discovery.adapters", "overdue.sql")
# A day's leads are read each time, so not as often as the other gauges.
SECONDS = 15.0
SCORES = ("hot", "warm", "cold")


class OverdueLeads:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except UNAVAILABLE as exc:
                log.warning("overdue.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

    async def look(self) -> None:
        rows = await self._database.pool.fetch(SQL.overdue_leads, self._clock.now())
        counts = {row["score"]: row["count"] for row in rows}
        for score in SCORES:
            LEADS_OVERDUE.labels(score).set(counts.get(score, 0))

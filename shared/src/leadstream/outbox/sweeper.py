"""Beside Debezium: events that it has long read leave the outbox."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from leadstream.outbox.store import SQL
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)
BATCH = 5000
REST_SECONDS = 60.0


class Sweeper:
    """Runs in every replica while the relay leaves events to Debezium: rows are taken as they are free."""

    def __init__(self, database: Database, *, retention: timedelta) -> None:
        self._database = database
        self._retention = retention

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await self.sweep() == BATCH:
                    continue
            except UNAVAILABLE as exc:
                log.warning("sweeper.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), REST_SECONDS)

    async def sweep(self) -> int:
        """Delete some events that are older than the retention; say how many."""
        rows = await self._database.pool.fetch(SQL.delete_read, self._retention, BATCH)
        return len(rows)

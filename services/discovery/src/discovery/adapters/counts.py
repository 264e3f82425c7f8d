"""Adds up what was counted of leads as they were written: see the migration that counts them."""

import asyncio
import logging
from contextlib import suppress

from leadstream.postgres import UNAVAILABLE, Database, load_queries

log = logging.getLogger(__name__)
SQL = load_queries("discovery.adapters", "counts.sql")
SECONDS = 15.0
BATCH = 5000


class LeadCounts:
    """Runs in every replica: each takes what is free."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await self.add_up() == BATCH:
                    continue
            except UNAVAILABLE as exc:
                log.warning("counts.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

    async def add_up(self) -> int:
        """Add up some differences; say how many."""
        taken: int = await self._database.hot.fetchval(SQL.add_up_counts, BATCH)
        return taken

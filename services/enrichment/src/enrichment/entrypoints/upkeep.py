"""Ends what nobody else will end, and forgets what has served its time."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Final

from enrichment.adapters.answers import SQL as ANSWERS
from enrichment.adapters.budgets import SQL as BUDGETS
from enrichment.adapters.credits import release_abandoned
from enrichment.domain.days import day_of
from leadstream.clock import Clock
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

REST: Final = timedelta(seconds=10)
# A job and what it reserved become visible in one transaction; this is for clocks and for nothing else.
GRACE: Final = timedelta(seconds=5)
BATCH: Final = 1000
# Long enough for the question who paid for what last quarter.
KEEP_CALLS: Final = timedelta(days=100)


class Upkeep:
    """Runs in every replica: each step may be done by any of them, or by several."""

    def __init__(self, database: Database, clock: Clock, *, cache: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._cache = cache

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except UNAVAILABLE as exc:
                log.warning("upkeep.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), REST.total_seconds())

    async def look(self) -> None:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            released = await release_abandoned(tx, older_than=GRACE)
            await tx.execute(ANSWERS.close_abandoned_calls, GRACE)
        async with self._database.transaction() as tx:
            await tx.execute(ANSWERS.forget_answers, now - self._cache, BATCH)
            await tx.execute(ANSWERS.forget_calls, now - KEEP_CALLS, BATCH)
            await tx.execute(BUDGETS.forget_spending, day_of(now - KEEP_CALLS))
        if released:
            log.info("credits.released", extra={"reservations": released})

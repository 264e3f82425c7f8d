"""Ends what nobody else will end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from enrichment.adapters.answers import SQL as ANSWERS
from enrichment.adapters.credits import release_abandoned
from enrichment.adapters.spend import settle_abandoned
from leadstream.postgres import UNAVAILABLE, Database

Look = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)

REST: Final = timedelta(seconds=10)
# A job and what it reserved become visible in one transaction; this is for clocks and for nothing else.
GRACE: Final = timedelta(seconds=5)


class Upkeep:
    """Runs in every replica: each step may be done by any of them, or by several."""

    def __init__(self, database: Database, *looks: Look) -> None:
        self._database = database
        self._looks = looks

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except UNAVAILABLE as exc:
                log.warning("upkeep.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), REST.total_seconds())

    async def look(self) -> None:
        async with self._database.transaction() as tx:
            released = await release_abandoned(tx, older_than=GRACE)
            await tx.execute(ANSWERS.close_abandoned_calls, GRACE)
            await settle_abandoned(tx, older_than=GRACE)
        if released:
            log.info("credits.released", extra={"reservations": released})
        for look in self._looks:
            await look()

"""A session lock that says that this process lives: it is gone with the process, not when its leases run out."""

import asyncio
import logging
import secrets
from contextlib import suppress

from leadstream.jobs.ledger import SQL, Ledger
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
# How soon a session that was cut is noticed.
LOOK_SECONDS = 1.0


class Presence:
    """Keeps `ledger.owner` the number under which the process is known to live, and None while it can't be known."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        # Of the length of an advisory lock's key.
        self._number = secrets.randbits(63)

    async def run(self) -> None:
        """Until cancelled. A session that was cut takes the same number again: jobs under way stay with it."""
        while True:
            with suppress(*UNAVAILABLE):
                await self._hold()
            self._ledger.owner = None
            log.warning("presence.lost")
            await asyncio.sleep(RETRY_SECONDS)

    async def _hold(self) -> None:
        async with self._database.dedicated() as session:
            await session.execute(SQL.take_presence, self._number)
            self._ledger.owner = self._number
            while True:
                # A session may be cut without a word; then others see its lock gone, and take our jobs.
                await asyncio.sleep(LOOK_SECONDS)
                await session.execute(SQL.keep_presence)

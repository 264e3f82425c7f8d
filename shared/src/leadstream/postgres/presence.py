"""A session lock that says that a process lives: it is gone with the process, and long before any lease."""

import asyncio
import logging
import secrets
from contextlib import suppress

from leadstream.postgres.database import UNAVAILABLE, Database
from leadstream.postgres.queries import load_queries

log = logging.getLogger(__name__)
SQL = load_queries("leadstream.postgres", "presence.sql")

RETRY_SECONDS = 0.5
# How soon a session that was cut is noticed.
LOOK_SECONDS = 1.0


class Presence:
    """`number` is the lock's key while the process is known to live, and None while it can't be known."""

    def __init__(self, database: Database) -> None:
        self.number: int | None = None
        self._database = database
        # Of the length of an advisory lock's key.
        self._key = secrets.randbits(63)

    async def run(self) -> None:
        """Until cancelled. A session that was cut takes the same number again: what was claimed stays with it."""
        while True:
            with suppress(*UNAVAILABLE):
                await self._hold()
            self.number = None
            log.warning("presence.lost")
            await asyncio.sleep(RETRY_SECONDS)

    async def _hold(self) -> None:
        async with self._database.dedicated() as session:
            await session.execute(SQL.take_presence, self._key)
            self.number = self._key
            while True:
                # A session may be cut without a word; then others see its lock gone, and take what was claimed.
                await asyncio.sleep(LOOK_SECONDS)
                await session.execute(SQL.keep_presence)

"""Keeps to the number of calls that a platform takes at once from a connection, counted over all replicas."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadstream.postgres import UNAVAILABLE, Database, load_queries
from platform_upload.application.budget import Budget
from platform_upload.domain.connection import Connection

log = logging.getLogger(__name__)
SQL = load_queries("platform_upload.adapters", "slots.sql")

# Short beside a call, long beside a look.
LOOK_AGAIN = timedelta(milliseconds=50)
LOOKS_UNTIL_MADE = 40
# From the end of the attempt until its place is anybody's: for a statement that was under way.
MARGIN = timedelta(seconds=2)
# Longer than any attempt.
LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    held_until: datetime


class Slots:
    """So many places for each connection. Whoever holds one may make one call at a time."""

    def __init__(self, database: Database, *, count: int) -> None:
        self._database = database
        self._count = count

    @asynccontextmanager
    async def held(self, connection: Connection, budget: Budget) -> AsyncIterator[None]:
        """Wait for a place, and give it back afterwards; raise SpentError if there is none in time.

        No call outlives its attempt's budget, so the place is held for that long and no longer: should this process be
        killed, its places come back before its jobs do.
        """
        place = await self._wait(connection, budget)
        try:
            yield
        finally:
            await self._give_back(place)

    async def _wait(self, connection: Connection, budget: Budget) -> _Place:
        names = [f"{connection.lane}:slot-{number:02}" for number in range(self._count)]
        looks = 0
        while True:
            place = await self._take(names, budget)
            if place is None and looks % LOOKS_UNTIL_MADE == 0:
                # There are none yet, or none any more: a connection that is removed takes them with it.
                await self._database.pool.execute(SQL.make_slots, names)
                place = await self._take(names, budget)
            if place:
                return place
            looks += 1
            budget.wait(LOOK_AGAIN)
            await asyncio.sleep(LOOK_AGAIN.total_seconds())

    async def _take(self, names: list[str], budget: Budget) -> _Place | None:
        row = await self._database.pool.fetchrow(
            SQL.take_slot, names, budget.left + MARGIN, LONGEST
        )
        return _Place(row["name"], row["held_until"]) if row else None

    async def _give_back(self, place: _Place) -> None:
        try:
            await self._database.pool.execute(SQL.return_slot, place.name, place.held_until)
        except UNAVAILABLE:
            # It comes back by itself; the answer that was waited for must not be lost for it.
            log.warning("slot.not_returned", exc_info=True)

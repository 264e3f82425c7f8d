"""Locks that all replicas share, held over calls to a platform without a transaction that is open meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadstream.postgres import UNAVAILABLE, Database, load_queries
from platform_upload.application.budget import Budget

SQL = load_queries("platform_upload.adapters", "creations.sql")

# How soon a lock that somebody else has is asked for again.
LOOK = timedelta(seconds=0.2)


class RecordLocks:
    """Advisory locks of one session: a session for each lock would be as many as there are attempts under way.

    A session that is cut takes its locks with it, and nobody here is told: what must not happen twice even then needs a
    statement of its own that settles it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: set[int] = set()
        # To be given back by whoever has the next turn: who had them may have been cut off while it waited for its own.
        self._over: set[int] = set()
        self._stack = AsyncExitStack()
        self._session: Any = None
        # One statement at a time is what a session takes.
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, record: UUID, budget: Budget) -> AsyncIterator[None]:
        """Be the only one at a record; raise SpentError if that takes longer than the attempt has."""
        key = record.int % 2**63
        while not await self._take(key):
            budget.wait(LOOK)
            await asyncio.sleep(LOOK.total_seconds())
        try:
            yield
        finally:
            await self._release(key)

    async def aclose(self) -> None:
        async with self._turn:
            await self._end()

    async def _take(self, key: int) -> bool:
        async with self._turn:
            await self._give_back()
            # The session has its own locks as often as it likes: in this process it is up to us.
            if key in self._held:
                return False
            try:
                session = await self._open()
                if not await session.fetchval(SQL.try_record_lock, key):
                    return False
            except BaseException:
                # Cut off in the middle, it may have a lock that nobody would give back.
                await self._end()
                raise
            self._held.add(key)
            return True

    async def _release(self, key: int) -> None:
        self._over.add(key)
        async with self._turn:
            await self._give_back()

    async def _give_back(self) -> None:
        while self._over:
            key = self._over.pop()
            self._held.discard(key)
            if self._session is None or self._session.is_closed():
                continue
            try:
                await self._session.execute(SQL.release_record_lock, key)
            except UNAVAILABLE:
                await self._end()
            except BaseException:
                await self._end()
                raise

    async def _open(self) -> Any:
        if self._session is not None and self._session.is_closed():
            await self._end()
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._database.dedicated())
        return self._session

    async def _end(self) -> None:
        self._session = None
        await self._stack.aclose()

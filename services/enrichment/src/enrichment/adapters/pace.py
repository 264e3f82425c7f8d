"""The provider's pace as all replicas share it: the bucket that jobs are claimed with."""

import asyncio
import logging
from collections import deque
from datetime import timedelta
from typing import Final

from leadstream.postgres import UNAVAILABLE
from leadstream.ratelimit import RateLimiter

log = logging.getLogger(__name__)

# Longer, and the slot is better used by another job.
PATIENCE: Final = timedelta(seconds=2)
LONGEST_REST: Final = 0.5
# While Postgres is away, for each who waits.
LOOKS: Final = 4


class FreePace:
    """Of a provider that nobody has told a pace of."""

    async def take(self) -> bool:
        return True

    async def give_back(self) -> None:
        return None


class SharedPace:
    """Takes for all who wait in this process together: the bucket is one row, and everybody wants it."""

    def __init__(self, limiter: RateLimiter, *, patience: timedelta = PATIENCE) -> None:
        self._limiter = limiter
        self._patience = patience
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taking: asyncio.Task[None] | None = None

    async def take(self) -> bool:
        if not self._waiting and self._limiter.take_kept(1):
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_for_all(), name="pace")
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await turn
        except TimeoutError:
            # It may have been granted in the very step that ended the waiting.
            return not turn.cancelled()
        return True

    async def give_back(self) -> None:
        await self._return(1)

    async def _take_for_all(self) -> None:
        while wanted := sum(not turn.done() for turn in self._waiting):
            try:
                taken = await self._limiter.take(wanted)
            except UNAVAILABLE as exc:
                log.warning("pace.unavailable", extra={"error": repr(exc)})
                await asyncio.sleep(self._patience.total_seconds() / LOOKS)
                continue
            unused = taken - self._hand_out(taken)
            if unused:
                await self._return(unused)
            if self._waiting:
                await asyncio.sleep(min(self._limiter.seconds_per_token, LONGEST_REST))

    def _hand_out(self, count: int) -> int:
        """Let up to `count` go, first come first served; whoever gave up waiting is passed over."""
        handed = 0
        while self._waiting and (handed < count or self._waiting[0].done()):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                handed += 1
        return handed

    async def _return(self, count: int) -> None:
        try:
            await self._limiter.give_back(count)
        except UNAVAILABLE as exc:
            # So many calls less: slower for a moment, never too fast.
            log.warning("pace.unavailable", extra={"error": repr(exc)})

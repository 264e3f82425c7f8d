"""Rate limits that all replicas share, in Postgres: tokens are taken in handfuls, before calls are made.

What is taken ahead is kept for a moment, so the calls of a second may be more than the tokens taken in it: by what the
bucket is refilled with in that moment, whoever keeps how much. By so much less it holds.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from leadstream.postgres import Database, load_queries

SQL = load_queries("leadstream.ratelimit", "ratelimit.sql")

# Seconds that a token is kept at most, and the share of the burst that is given up for it.
KEPT = 0.2
BURST_SHARE = 4
# Of two asks that seem to be at the same time.
SHORTEST = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A token bucket that all replicas share: `burst` tokens at most, refilled at `per_second`."""

    name: str
    per_second: float
    burst: float
    # What the other side has said that it allows in a second; None as long as it has not.
    told: Callable[[], float | None] = field(default=lambda: None, compare=False)

    def now(self) -> "RateLimit":
        """The limit as it is by what was said last."""
        per_second = self.told()
        if per_second is None:
            return self
        return RateLimit(name=self.name, per_second=per_second, burst=math.ceil(per_second))


class RateLimiter:
    def __init__(
        self,
        database: Database,
        limit: RateLimit,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._asked_for = limit
        self._clock = clock
        self._tune(limit)
        self._kept = 0
        self._asked_at = clock()
        # Taken since the bucket was asked last.
        self._used = 0

    def _tune(self, limit: RateLimit) -> None:
        self._limit = limit
        # As many as are refilled while they are kept.
        self._most = int(min(limit.per_second * KEPT, limit.burst // BURST_SHARE))
        self._life = self._most / limit.per_second

    def _hear(self) -> None:
        if (limit := self._asked_for.now()) != self._limit:
            self._tune(limit)

    async def take(self, wanted: int) -> int:
        """Take up to `wanted` tokens; 0 when there are none."""
        self._hear()
        if self.take_kept(wanted):
            return wanted
        kept, self._kept = self._kept, 0
        missing = wanted - kept
        ahead, asked_at = self._ahead(), self._clock()
        self._asked_at, self._used = asked_at, wanted
        taken = await self._take(missing + ahead)
        if taken is None:
            await self._make()
            taken = await self._take(missing + ahead) or 0
        if taken > missing:
            # Perhaps beside what another ask has brought meanwhile, and then as old as the older.
            self._asked_at = min(self._asked_at, asked_at)
            self._kept += taken - missing
        return kept + min(missing, taken)

    def take_kept(self, wanted: int) -> bool:
        """Take so many tokens of those that are kept, if there are as many."""
        if self._clock() - self._asked_at >= self._life:
            # Too old. Nobody has called with them, and nobody will.
            self._kept = 0
        if self._kept < wanted:
            return False
        self._kept -= wanted
        self._used += wanted
        return True

    def _ahead(self) -> int:
        """As many as will be used in the time that they may be kept, if it goes on as it went since the last ask."""
        since = max(self._clock() - self._asked_at, SHORTEST)
        return min(self._most, int(self._used / since * self._life))

    async def _make(self) -> None:
        await self._database.hot.execute(
            SQL.make_bucket, self._limit.name, float(self._limit.burst)
        )

    async def _take(self, wanted: int) -> int | None:
        """Take tokens of the bucket, or return None where there is none yet."""
        taken: int | None = await self._database.hot.fetchval(
            SQL.take_tokens,
            self._limit.name,
            self._limit.per_second,
            float(wanted),
            float(self._limit.burst - self._most),
        )
        return taken

    async def take_whole(self, wanted: int) -> float:
        """Take all of `wanted` and return 0, or take none and return how many are missing."""
        self._hear()
        missing = await self._take_whole(wanted)
        if missing is None:
            await self._make()
            missing = await self._take_whole(wanted)
        return wanted if missing is None else missing

    async def _take_whole(self, wanted: int) -> float | None:
        missing: float | None = await self._database.hot.fetchval(
            SQL.take_whole_tokens,
            self._limit.name,
            self._limit.per_second,
            float(wanted),
            float(self._limit.burst),
        )
        return missing

    async def give_back(self, count: int) -> None:
        """Return tokens that no call was made with."""
        if count:
            await self._database.hot.execute(SQL.return_tokens, self._limit.name, float(count))

    async def settle(self, back: float, *, most: float) -> None:
        """Return tokens that were taken and not used, or take what was used besides; then there are `most` at most."""
        await self._database.hot.execute(
            SQL.settle_tokens, self._limit.name, self._limit.per_second, back, most
        )

    @property
    def seconds_per_token(self) -> float:
        return 1.0 / self._limit.per_second

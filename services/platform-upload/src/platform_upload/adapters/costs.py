"""Keeps to a platform's allowance of points before it has to say so: calls cost more or less, and answers say how much.

A mirror of the platform's own bucket, shared by all replicas. It is never fuller than the original: points are taken
before a call is sent and given back after it was answered, and what the mirror holds and gets is a little less. So
there is no call that the platform refuses, unless somebody else spends the same points, which its answers then tell.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta

from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter
from platform_upload.application.budget import Budget
from platform_upload.domain.connection import Connection

# Of what is announced; the rest is for a clock that runs differently there.
SHARE_OF_BUCKET = 0.95
SHARE_OF_RESTORE = 0.98
# Not longer at a time: what others give back meanwhile is there for the taking.
LONGEST_PAUSE = timedelta(milliseconds=500)
SHORTEST_PAUSE = timedelta(milliseconds=10)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Points that a bucket holds, and how many come back in a second."""

    bucket: float
    per_second: float

    def as_limit(self, name: str) -> RateLimit:
        return RateLimit(
            name=name,
            per_second=SHARE_OF_RESTORE * self.per_second,
            burst=max(1, int(SHARE_OF_BUCKET * self.bucket)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an answer says about points; None for what it doesn't say."""

    # What had to be there before the call was made, and what it cost in the end.
    requested: float | None = None
    spent: float | None = None
    available: float | None = None
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    points: int
    at: float = field(default_factory=time.monotonic)


class CostPacer:
    """Starts every connection at the smallest allowance that the platform gives anybody, and learns its own."""

    def __init__(self, database: Database, *, lowest: Allowance, name: str = "points") -> None:
        self._database = database
        self._lowest = lowest
        self._name = name
        self._learnt: dict[str, Allowance] = {}

    async def reserve(self, connection: Connection, points: int, budget: Budget) -> Reserved:
        """Return when a call of so many points may be made; raise SpentError if that is too late for the attempt."""
        limit = self._limit(connection)
        limiter = RateLimiter(self._database, limit)
        # A call that costs more than the bucket holds is for the platform to refuse.
        wanted = min(max(1, points), int(limit.burst))
        while missing := await limiter.take_whole(wanted):
            pause = timedelta(seconds=missing * limiter.seconds_per_token)
            pause = max(SHORTEST_PAUSE, min(pause, LONGEST_PAUSE))
            budget.wait(pause)
            await asyncio.sleep(pause.total_seconds())
        return Reserved(wanted)

    async def settle(self, connection: Connection, reserved: Reserved, bill: Bill | None) -> None:
        """Give back what a call did not cost. Without a bill it is taken to have cost all of it."""
        if bill is None:
            return
        if bill.allowance:
            self._learnt[connection.lane] = bill.allowance
        limit = self._limit(connection)
        back = reserved.points - bill.spent if bill.spent is not None else 0
        most = float(limit.burst)
        if bill.available is not None:
            # What may have come back since the platform said so, and since it was asked at the latest.
            since = time.monotonic() - reserved.at
            most = min(most, bill.available + since * limit.per_second)
        await RateLimiter(self._database, limit).settle(back, most=most)

    def _limit(self, connection: Connection) -> RateLimit:
        allowance = self._learnt.get(connection.lane, self._lowest)
        return allowance.as_limit(f"{connection.lane}:{self._name}")

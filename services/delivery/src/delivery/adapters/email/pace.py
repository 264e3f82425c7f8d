"""The pace of calls to Resend, whatever they are for and whichever replica makes them."""

import asyncio

from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter

# Of what is allowed: calls that leave evenly do not all take the same time to arrive. Of six that left over 1.035 s
# the last may take 25 ms less to arrive than the first, and still there are no more than five in a second.
SHARE = 1 / 1.035
# How late one may leave without the next ones being later, too.
SLACK = 0.01


class CallPace:
    """Attempts are begun at the pace, and calls leave at it: what is done in between takes now more time, now less."""

    def __init__(self, database: Database, rate: RateLimit) -> None:
        self._database = database
        self._rate = rate
        self._more = RateLimiter(database, rate)
        self._limit = rate.now()
        self._calls = self._tuned()
        self._line = asyncio.Lock()

    async def another(self) -> None:
        """Wait until an attempt may make one more call than it was begun with."""
        await _take_one(self._more)

    async def turn(self) -> None:
        """Wait until a call may leave. Right before it: every moment in between is one that others may be early."""
        async with self._line:
            if (limit := self._rate.now()) != self._limit:
                self._limit = limit
                self._calls = self._tuned()
            await _take_one(self._calls)

    def _tuned(self) -> RateLimiter:
        per_second = self._limit.per_second
        return RateLimiter(
            self._database,
            RateLimit(name="resend-calls", per_second=per_second, burst=1 + SLACK * per_second),
        )


async def _take_one(limiter: RateLimiter) -> None:
    # Other replicas take of it, too: only the bucket knows.
    while missing := await limiter.take_whole(1):  # noqa: ASYNC110
        await asyncio.sleep(missing * limiter.seconds_per_token)

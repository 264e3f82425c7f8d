"""Keeps to a platform's pace before it has to say so: one bucket for each connection, shared by all replicas."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter
from platform_upload.application.budget import Budget
from platform_upload.domain.connection import Connection

# Of what a platform allows in a period, what may go at once, and what may follow evenly, which is what is used where
# there is work all the time. Together they stay below the whole in any window of that length.
AT_ONCE = 0.02
EVENLY = 0.96
# By so much a call may be later than the one after it was, and a window there seem fuller than here.
JITTER = timedelta(seconds=0.2)


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls in any window of so long."""

    calls: int
    period: timedelta

    def as_limit(self, name: str) -> RateLimit:
        burst = max(1, int(AT_ONCE * self.calls))
        evenly = EVENLY * self.calls / self.period.total_seconds()
        # In windows as short as a second this is what counts: there is none with one more, whole, than is allowed.
        fitting = (self.calls + 0.95 - burst) / (self.period + JITTER).total_seconds()
        return RateLimit(name=name, per_second=min(evenly, fitting), burst=burst)


class Pacer:
    """Starts every connection at the lowest pace that the platform gives anybody, and learns its own from answers."""

    def __init__(self, database: Database, *, lowest: Pace, name: str = "calls") -> None:
        self._database = database
        self._lowest = lowest
        self._name = name
        self._learnt: dict[str, Pace] = {}

    async def wait(self, connection: Connection, budget: Budget) -> None:
        """Return when a call may be made; raise SpentError if that is too late for the attempt."""
        limiter = self._limiter(connection)
        while not await limiter.take(1):
            pause = timedelta(seconds=limiter.seconds_per_token)
            budget.wait(pause)
            await asyncio.sleep(pause.total_seconds())

    def learn(self, connection: Connection, pace: Pace | None) -> None:
        if pace and pace.calls > 0 and pace.period > timedelta(0):
            self._learnt[connection.lane] = pace

    def _limiter(self, connection: Connection) -> RateLimiter:
        pace = self._learnt.get(connection.lane, self._lowest)
        return RateLimiter(self._database, pace.as_limit(f"{connection.lane}:{self._name}"))

"""Keeps to a platform's pace before it has to say so: one bucket for each connection, shared by all replicas."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter
from platform_upload.application.budget import Budget
from platform_upload.domain.connection import Connection

# Of what a platform allows in a period, what may go at once, and what may follow evenly. Together they stay below the
# whole in any window of that length, with a little left for a clock that runs differently there.
AT_ONCE = 0.1
EVENLY = 0.85


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls in any window of so long."""

    calls: int
    period: timedelta

    def as_limit(self, name: str, *, at_once: float = AT_ONCE, evenly: float = EVENLY) -> RateLimit:
        return RateLimit(
            name=name,
            per_second=evenly * self.calls / self.period.total_seconds(),
            burst=max(1, int(at_once * self.calls)),
        )


class Pacer:
    """Starts every connection at the lowest pace that the platform gives anybody, and learns its own from answers."""

    def __init__(
        self,
        database: Database,
        *,
        lowest: Pace,
        name: str = "calls",
        at_once: float = AT_ONCE,
        evenly: float = EVENLY,
    ) -> None:
        self._database = database
        self._lowest = lowest
        self._name = name
        self._at_once = at_once
        self._evenly = evenly
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
        name = f"{connection.lane}:{self._name}"
        limit = pace.as_limit(name, at_once=self._at_once, evenly=self._evenly)
        return RateLimiter(self._database, limit)

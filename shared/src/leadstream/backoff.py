"""How long to wait before the next attempt."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter: uniform in [0, min(limit, base * 2 ** (attempt - 1))].

    Full jitter spreads a crowd best and finishes soonest of the jitters compared by Brooker,
    "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
    """

    base: timedelta = timedelta(seconds=2)
    limit: timedelta = timedelta(minutes=15)

    def ceiling(self, attempt: int) -> timedelta:
        """The longest wait after the given attempt; attempts count from 1."""
        doubled = self.base.total_seconds() * 2.0 ** min(attempt - 1, 62)
        return min(self.limit, timedelta(seconds=min(doubled, self.limit.total_seconds())))

    def delay(self, attempt: int, *, at_least: timedelta | None = None) -> timedelta:
        """A wait for after the given attempt, never shorter than what the provider asked for."""
        spread = random.uniform(0, self.ceiling(attempt).total_seconds())  # noqa: S311 - no secret
        wait = timedelta(seconds=spread)
        return max(wait, at_least) if at_least else wait

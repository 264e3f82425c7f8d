"""How long to wait before the next attempt."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

FACTOR = 8
# Half of a wait more or less, so that what failed by itself does not come back together.
SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class Backoff:
    """`base` times 8 to the n-th, ± half of it: with 15 s the third attempt comes some two minutes after the first.

    Few attempts far apart outlive a restart of whatever is called; many close together all fall into it.
    """

    base: timedelta = timedelta(seconds=15)
    limit: timedelta = timedelta(hours=6)

    def middle(self, attempt: int) -> timedelta:
        """The wait after the given attempt, before it is spread; attempts count from 1."""
        seconds = self.base.total_seconds() * float(FACTOR) ** min(attempt - 1, 30)
        return timedelta(seconds=min(seconds, self.limit.total_seconds()))

    def delay(
        self, attempt: int, *, began: datetime, at_least: timedelta | None = None
    ) -> timedelta:
        """A wait for after the given attempt, never shorter than what the provider asked for.

        Jobs of one call, which `began` at one moment, come back at one moment: so they can be one call again.
        """
        spread = random.Random(began.timestamp()).uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - no secret
        return max(self.middle(attempt) * spread, at_least or timedelta(0))

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import timedelta

MOST_KEYS = 10_000


class SlidingWindow:
    """At most `limit` hits a key within any `period`; counts in this process only."""

    def __init__(
        self,
        limit: int,
        *,
        period: timedelta = timedelta(minutes=1),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._period = period.total_seconds()
        self._monotonic = monotonic
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, key: str) -> timedelta | None:
        """Count a hit and return None, or count nothing and return how long to wait."""
        now = self._monotonic()
        hits = self._hits.setdefault(key, deque())
        self._hits.move_to_end(key)
        while hits and now - hits[0] >= self._period:
            hits.popleft()
        if len(hits) >= self._limit:
            return timedelta(seconds=self._period - (now - hits[0]))
        hits.append(now)
        # Addresses are the caller's to choose: remember the latest, not all.
        if len(self._hits) > MOST_KEYS:
            self._hits.popitem(last=False)
        return None

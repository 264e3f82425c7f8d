"""A provider's rate limit: so many calls in any window of so many seconds."""

from collections import deque
from math import ceil

from leadstream_dev.sandbox.provider import Pace


class SlidingWindow:
    """Counts the calls it let through; a refused call costs nothing."""

    def __init__(self, *, limit: int, window: float) -> None:
        self.limit = limit
        self.window = window
        self._taken: deque[float] = deque()

    def take(self, now: float) -> tuple[bool, Pace]:
        """Say whether a call at `now` may pass, and how much is left."""
        while self._taken and now - self._taken[0] >= self.window:
            self._taken.popleft()
        allowed = len(self._taken) < self.limit
        if allowed:
            self._taken.append(now)
        return allowed, self._pace(now)

    def _pace(self, now: float) -> Pace:
        until_free = self._taken[0] + self.window - now if self._taken else self.window
        return Pace(
            limit=self.limit,
            remaining=self.limit - len(self._taken),
            window=self.window,
            reset=max(1, ceil(until_free)),
        )

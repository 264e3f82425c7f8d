"""How much one attempt may cost: it must end, with what it knows, before its lease does."""

import time
from collections.abc import Callable
from datetime import timedelta


class SpentError(Exception):
    """No call fits in any more."""


class Budget:
    """Calls and time left to one attempt."""

    def __init__(
        self, *, calls: int, total: timedelta, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls = calls
        self._spent = 0
        self._monotonic = monotonic
        self._end = monotonic() + total.total_seconds()

    @property
    def spent(self) -> int:
        """Calls that were made."""
        return self._spent

    @property
    def left(self) -> timedelta:
        return timedelta(seconds=max(0.0, self._end - self._monotonic()))

    def spend(self, longest: timedelta) -> timedelta:
        """Take one call; return how long it may last, or raise SpentError."""
        left = self.left
        if self._calls <= 0 or not left:
            raise SpentError
        self._calls -= 1
        self._spent += 1
        return min(longest, left)

    def wait(self, pause: timedelta) -> None:
        """Ask whether there is time to wait that long and still do something; raise SpentError if not."""
        if pause >= self.left:
            raise SpentError

"""Limits by fixed windows: so many calls of a key from one full minute, or second, to the next."""

from collections import Counter
from datetime import UTC, datetime, timedelta


class FixedWindow:
    """A refused call counts, too, as it does where a counter is raised before it is looked at."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._window = 0

    def take(self, key: str, now: datetime, *, seconds: int) -> int:
        """Count a call; return how many there were in its window, itself included."""
        window = int(now.timestamp()) // seconds
        if window != self._window:
            self._taken.clear()
            self._window = window
        self._taken[key] += 1
        return self._taken[key]


def end_of_window(now: datetime, *, seconds: int) -> datetime:
    window = int(now.timestamp()) // seconds
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=(window + 1) * seconds)

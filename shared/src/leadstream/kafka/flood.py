"""The flood limit: a topic full of garbage is a bad deploy, and must not be poured into its dead-letter topic."""

from collections import deque
from dataclasses import dataclass, field

CONSECUTIVE = 500
WINDOW = 2000
RATIO = 0.9


@dataclass(slots=True)
class FloodGauge:
    """Watches one partition: `CONSECUTIVE` bad records in a row, or `RATIO` of the last `WINDOW`, is a flood."""

    consecutive: int = 0
    bad: int = 0
    window: deque[bool] = field(default_factory=deque)

    def note(self, *, bad: bool) -> bool:
        """Count a record; True when the limit is reached."""
        self.consecutive = self.consecutive + 1 if bad else 0
        self.window.append(bad)
        self.bad += bad
        if len(self.window) > WINDOW:
            self.bad -= self.window.popleft()
        full = len(self.window) == WINDOW and self.bad >= RATIO * WINDOW
        return self.consecutive >= CONSECUTIVE or full

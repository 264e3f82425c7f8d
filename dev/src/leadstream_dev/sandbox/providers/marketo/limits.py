"""What a subscription may do: so many calls in any window, so many at once, so many a day by Central time."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from leadstream_dev.sandbox.exchange import Answer
from leadstream_dev.sandbox.limits import SlidingWindow
from leadstream_dev.sandbox.providers.marketo.answers import refusal
from leadstream_dev.sandbox.providers.marketo.options import MarketoOptions

_CENTRAL = ZoneInfo("America/Chicago")


@dataclass(slots=True)
class Limits:
    _windows: dict[str, SlidingWindow] = field(default_factory=dict)
    _under_way: Counter[str] = field(default_factory=Counter)
    _today: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def begin(self, client: str, options: MarketoOptions, now: datetime) -> Answer | None:
        """Refuse a call as it comes in, or count it; one that was counted is to be ended."""
        today = self._today[client]
        day = now.astimezone(_CENTRAL).date().isoformat()
        if today[day] >= options.daily_quota:
            return refusal(607, "Daily quota reached")
        if self._under_way[client] >= options.at_once:
            return refusal(615, "Concurrent access limit reached")
        window = self._windows.setdefault(client, SlidingWindow(limit=0, window=0))
        window.limit, window.window = options.calls, options.window
        allowed, _ = window.take(time.monotonic())
        if not allowed:
            return too_fast(options.calls, options.window)
        today[day] += 1
        self._under_way[client] += 1
        return None

    def end(self, client: str) -> None:
        self._under_way[client] -= 1


def too_fast(calls: int, window: float) -> Answer:
    return refusal(606, f"Max rate limit '{calls}' exceeded with in '{window:g}' secs")

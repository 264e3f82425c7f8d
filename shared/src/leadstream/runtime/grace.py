"""The time that a process has from the word to stop until it is gone, whatever is away."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Sequence
from datetime import timedelta

from leadstream.runtime.component import Component

log = logging.getLogger(__name__)

# What has work in hand gets the drain time for it. All others have none that matters, and end beside it.
WORKING = ("intake", "worker")
IDLE_SECONDS = 2.0
# Then, one after the other, what those still used: HTTP, so that probes and figures are answered meanwhile, and at last
# the relay, so that what was announced goes out. Seconds after the drain time.
LAST = {"http": 0.2, "relay": 0.6}
# And then the process ends, even if a connection does not close or the event loop stands still.
END = 1.0
# What is cancelled may have to roll back; what waits for that, too, is cancelled once more.
CANCEL_SECONDS = 0.1
EXIT_OK = 0


class Grace:
    """What can't be written down in time is abandoned: leases, offsets and outbox bring it back."""

    def __init__(self, drain: timedelta) -> None:
        self._drain = drain.total_seconds()
        self._told_at: float | None = None

    def begin(self) -> None:
        """From now on. To be told twice is no reason to hurry: some send the signal to each process of a group."""
        if self._told_at is not None:
            return
        self._told_at = time.monotonic()
        # A thread, because the event loop may be what does not end.
        watchdog = threading.Timer(self._drain + END, _end)
        watchdog.daemon = True
        watchdog.start()

    def left(self, extra: float = 0.0) -> float:
        """Seconds until the drain time, and `extra`, is over."""
        told_at = self._told_at or time.monotonic()
        return max(0.0, told_at + self._drain + extra - time.monotonic())

    async def drain(self, components: Sequence[Component]) -> None:
        working = [each for each in components if each.name in WORKING]
        idle = [each for each in components if each.name not in {*WORKING, *LAST}]
        await asyncio.gather(
            _end_all(working, self.left()), _end_all(idle, min(IDLE_SECONDS, self.left()))
        )
        for each in reversed(components):
            if each.name in LAST:
                await _end_all([each], self.left(LAST[each.name]))


async def _end_all(components: Sequence[Component], seconds: float) -> None:
    late = await _wait([each.tell() for each in components], seconds)
    for _ in range(2):
        for task in late:
            task.cancel()
        late = await _wait(late, CANCEL_SECONDS)


async def _wait(
    tasks: Sequence["asyncio.Task[None]"], seconds: float
) -> list["asyncio.Task[None]"]:
    """Those that have not ended in time."""
    if not tasks:
        return []
    _, late = await asyncio.wait(tasks, timeout=seconds)
    if late:
        log.warning("runtime.late", extra={"components": sorted(t.get_name() for t in late)})
    return list(late)


def _end() -> None:
    log.warning("runtime.abandoned")
    # Not sys.exit: whatever would have to end for that is what did not.
    os._exit(EXIT_OK)

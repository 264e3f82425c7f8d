"""Loops that leave each other room."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

SHARE: Final = 3
# Seconds. More than this a batch is not worth waiting for.
LONGEST_REST: Final = 0.05
# Seconds between two looks at how busy it is.
LOOK: Final = 0.25
# What Linux knows of a process's main thread, in which the loops run: nanoseconds that it ran, and that it waited to.
SCHEDULE: Final = Path("/proc/self/schedstat")


async def rest_after(seconds: float, *, at_least: float = 0.0) -> None:
    """Rest for a few times as long as the last round took, unless that was long, before one that would not be full.

    What a round costs hardly depends on how much there is to do in it. Loops that go round for each single record take
    all the processor there is and make each other's rounds slow. At 100 leads a second on two cores a lead took 1.06 s
    from end to end without the rest (median), 0.55 s with one as long as the round, 0.32 s with three times that. But
    while there is room a rest is only time that a lead loses: so it is the longer, the less room there is, and half as
    busy rests for a quarter.
    """
    rest = min(seconds * SHARE, LONGEST_REST) * _busyness.share() ** 2
    await asyncio.sleep(max(at_least, rest))


class Busyness:
    """Of the time that passes, the share in which this process has something to do, whether or not it gets to it.

    Waiting for a processor counts: it says that the services beside this one, or a server, are as busy.
    """

    def __init__(
        self, schedule: Path = SCHEDULE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._schedule = schedule
        self._clock = clock
        self._looked_at = -LOOK
        self._wanted = 0.0
        self._share = 0.0

    def share(self) -> float:
        """From 0 to 1, as it was of late."""
        passed = self._clock() - self._looked_at
        if passed >= LOOK:
            wanted = _wanted(self._schedule)
            self._share = min(1.0, (wanted - self._wanted) / passed)
            self._looked_at += passed
            self._wanted = wanted
        return self._share


def _wanted(schedule: Path) -> float:
    """Seconds of a processor that the process has had or waited for; elsewhere than on Linux, that it has had."""
    try:
        ran, waited, _ = schedule.read_bytes().split()
        return (int(ran) + int(waited)) / 1e9
    except (OSError, ValueError):
        return time.process_time()


_busyness = Busyness()


async def a_round() -> float:
    """Let everybody have a turn; return the seconds that took, with what the process waited for a processor."""
    began = time.monotonic()
    await asyncio.sleep(0)
    return time.monotonic() - began


async def first_of(*events: asyncio.Event, timeout: float | None = None) -> None:  # noqa: ASYNC109
    """Wait for one of the events, or for so many seconds.

    One future waits at all of them: with a task for each, a wait cost four times as much (15 µs).
    """
    loop = asyncio.get_running_loop()
    woken = loop.create_future()
    timer = loop.call_later(timeout, _wake, woken) if timeout is not None else None
    if any(event.is_set() for event in events):
        loop.call_soon(_wake, woken)
    for event in events:
        event._waiters.append(woken)  # noqa: SLF001 - as Event.wait does
    try:
        await woken
    finally:
        for event in events:
            event._waiters.remove(woken)  # noqa: SLF001
        if timer:
            timer.cancel()


def _wake(woken: asyncio.Future[bool]) -> None:
    if not woken.done():
        woken.set_result(True)

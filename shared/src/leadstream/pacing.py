"""Loops that leave each other room."""

import asyncio
from typing import Final

SHARE: Final = 3
# Seconds. More than this a batch is not worth waiting for.
LONGEST_REST: Final = 0.05


async def rest_after(seconds: float, *, at_least: float = 0.0) -> None:
    """Rest for a few times as long as the last round took, unless that was long, before one that would not be full.

    What a round costs hardly depends on how much there is to do in it. Loops that go round for each single record take
    all the processor there is and make each other's rounds slow. At 100 leads a second on two cores a lead took 1.06 s
    from end to end without the rest (median), 0.55 s with one as long as the round, 0.32 s with three times that.
    """
    await asyncio.sleep(max(at_least, min(seconds * SHARE, LONGEST_REST)))


async def first_of(*events: asyncio.Event, timeout: float | None = None) -> None:  # noqa: ASYNC109
    """Wait for one of the events, or for so many seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()

import asyncio
import time
from collections.abc import Callable

_POLL = 0.02


async def until(condition: Callable[[], bool], *, within: float) -> bool:
    """Wait for a condition that nobody announces, such as another process's end; tell whether it came in time."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL)
    return True

import asyncio
import time
from collections.abc import Callable

_POLL = 0.02
# Where the whole machine stood still, what is waited for did, too: a round counts no more than this.
_LONGEST_ROUND = 0.2


async def until(condition: Callable[[], bool], *, within: float) -> bool:
    """Wait for a condition that nobody announces, such as another process's end; tell whether it came in time."""
    left = within
    while True:
        started = time.monotonic()
        if condition():
            return True
        if left <= 0:
            return False
        await asyncio.sleep(_POLL)
        left -= min(time.monotonic() - started, _LONGEST_ROUND)

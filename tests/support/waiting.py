import asyncio
import time
from collections.abc import Awaitable, Callable

_POLL = 0.02
# Where the whole machine stood still, what is waited for did, too: a round counts no more than this.
_LONGEST_ROUND = 0.2


async def eventually(
    condition: Callable[[], Awaitable[bool]], otherwise: str, *, within: float = 10.0
) -> None:
    """Wait until the condition holds; fail with `otherwise` if it does not in time."""
    left = within
    while True:
        started = time.monotonic()
        if await condition():
            return
        if left <= 0:
            raise AssertionError(f"{otherwise}, {within:g} s later")
        await asyncio.sleep(_POLL)
        left -= min(time.monotonic() - started, _LONGEST_ROUND)

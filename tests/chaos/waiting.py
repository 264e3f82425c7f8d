import asyncio
import time
from collections.abc import Awaitable, Callable

# More than a round of looking takes, unless the whole machine stands still: then what is waited for does, too.
MOST_A_ROUND = 2.0


class Patience:
    """So many seconds of waiting, of which a round of it uses up what it took, within reason."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._looked = time.monotonic()

    def is_over(self) -> bool:
        """To be asked once a round."""
        now = time.monotonic()
        self._left -= min(now - self._looked, MOST_A_ROUND)
        self._looked = now
        return self._left <= 0


async def until(condition: Callable[[], Awaitable[bool]], *, within: float) -> bool:
    """Wait until the condition holds; False if it does not in time."""
    patience = Patience(within)
    while not await condition():
        if patience.is_over():
            return False
        await asyncio.sleep(0.2)
    return True

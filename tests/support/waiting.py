import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(
    condition: Callable[[], Awaitable[bool]], otherwise: str, *, within: float = 10.0
) -> None:
    """Wait until the condition holds; fail with `otherwise` if it does not in time."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{otherwise}, {within:g} s later")
        await asyncio.sleep(0.02)

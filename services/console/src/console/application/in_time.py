"""Asks many at once, and waits for no straggler: who is stuck must not hold up what the others have said."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final, TypeVar

K = TypeVar("K")

# For a straggler, however quick the others are; where all are slow, twice as long as most of them took.
STRAGGLER: Final = 0.4
LONGEST: Final = 5.0


async def in_time(
    asked: Mapping[K, Coroutine[Any, Any, Any]], *, straggler: float = STRAGGLER
) -> dict[K, Any]:
    """What was answered in time, by its key. The rest is given up."""
    loop = asyncio.get_running_loop()
    began, until = loop.time(), loop.time() + LONGEST
    tasks = {asyncio.create_task(each): key for key, each in asked.items()}
    pending, most = set(tasks), len(tasks) // 2 + 1
    is_known = False
    try:
        while pending and (left := until - loop.time()) > 0:
            _, pending = await asyncio.wait(
                pending, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            if not is_known and len(tasks) - len(pending) >= most:
                is_known = True
                until = min(until, began + max(straggler, 2 * (loop.time() - began)))
        return {key: task.result() for task, key in tasks.items() if task.done()}
    finally:
        for task in tasks:
            task.cancel()

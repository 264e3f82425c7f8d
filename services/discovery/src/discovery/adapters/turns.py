"""The right to one more call within an attempt, from the bucket that jobs are claimed with."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol

from leadstream.accounts import Account

# Longer, and the slot is better used by another run.
PATIENCE: Final = timedelta(seconds=2)
LONGEST_REST: Final = 0.5


class Bucket(Protocol):
    async def take(self, wanted: int) -> int:
        """Take up to so many tokens; 0 when there are none."""

    @property
    def seconds_per_token(self) -> float:
        """How long one more takes."""


class SharedTurns:
    def __init__(
        self,
        limiter: Bucket,
        may_call: Callable[[Account], bool],
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._limiter = limiter
        self._may_call = may_call
        self._patience = patience.total_seconds()

    async def take(self, account: Account) -> bool:
        until = time.monotonic() + self._patience
        while self._may_call(account):
            if await self._limiter.take(1):
                return True
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(min(self._limiter.seconds_per_token, LONGEST_REST))
        return False

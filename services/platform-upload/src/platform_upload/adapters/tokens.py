"""Access tokens, and whatever else a connection opens with its credentials: one for each in this process."""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import httpx

from leadstream.clock import Clock
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError
from platform_upload.domain.connection import Connection


class Ending(Protocol):
    @property
    def until(self) -> datetime | None:
        """When another is asked for; None for one that is good until it is refused."""


T = TypeVar("T", bound=Ending)


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    token: T
    # What it was opened with: a connection that is only being tried out has no version of its own yet.
    way: Connection

    def serves(self, connection: Connection, now: datetime) -> bool:
        if self.way.version != connection.version or not self.way.same_way(connection):
            return False
        return self.token.until is None or now < self.token.until


class Tokens(ABC, Generic[T]):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[UUID, _Held[T]] = {}
        # Ten groups that find a token refused ask for one new token, not ten.
        self._locks: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, connection: Connection, budget: Budget) -> T:
        """Raise RefusedError when the platform gives none."""
        async with self._locks[connection.id]:
            held = self._held.get(connection.id)
            if held is None or not held.serves(connection, self._clock.now()):
                held = _Held(await self._open(connection, budget), connection)
                self._held[connection.id] = held
            return held.token

    def drop(self, connection: Connection, token: T) -> None:
        """Forget one that was refused, unless there is another by now."""
        held = self._held.get(connection.id)
        if held and held.token is token:
            del self._held[connection.id]

    @abstractmethod
    async def _open(self, connection: Connection, budget: Budget) -> T: ...


async def by_client_credentials(
    exchange: Exchange,
    operation: str,
    url: str,
    connection: Connection,
    budget: Budget,
    *,
    judge: Callable[[Reply], Refused | None],
) -> Reply:
    """Ask for a token with the connection's `client_id` and `client_secret`; raise RefusedError where none is given."""
    request = httpx.Request(
        "POST",
        url,
        # In the body: addresses are written down everywhere on the way.
        data={
            "grant_type": "client_credentials",
            "client_id": connection.credentials["client_id"],
            "client_secret": connection.credentials["client_secret"],
        },
        headers={"accept": "application/json"},
    )
    reply = await exchange.send(operation, request, budget)
    refused = judge(reply)
    if refused:
        raise RefusedError(refused)
    return reply

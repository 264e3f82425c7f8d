"""Access tokens by client credentials, for as long as the identity endpoint says."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from leadstream.clock import Clock
from leadstream.reading import whole
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.marketo.answers import OPENING, judge_token
from platform_upload.adapters.marketo.instance import base_url
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import RefusedError
from platform_upload.domain.connection import Connection

_AN_HOUR = 3_600
_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    text: str = field(repr=False)
    until: datetime
    version: int


class Tokens:
    """One for each connection in this process.

    Another process, or an earlier one, may have had the same: the endpoint gives it to everybody until it ends.
    """

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._held: dict[UUID, Token] = {}
        # Ten groups that find a token expired ask for one new one, not ten.
        self._locks: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, connection: Connection, budget: Budget) -> Token:
        """Raise RefusedError when Marketo gives none."""
        async with self._locks[connection.id]:
            held = self._held.get(connection.id)
            if held is None or not self._serves(held, connection):
                held = self._held[connection.id] = await self._ask(connection, budget)
            return held

    def drop(self, connection: Connection, token: Token) -> None:
        """Forget one that was refused, unless there is another by now."""
        if self._held.get(connection.id) is token:
            del self._held[connection.id]

    def left(self, token: Token) -> timedelta:
        return max(token.until - self._clock.now(), timedelta(0))

    def _serves(self, token: Token, connection: Connection) -> bool:
        return token.version == connection.version and self.left(token) > timedelta(0)

    async def _ask(self, connection: Connection, budget: Budget) -> Token:
        request = httpx.Request(
            "POST",
            f"{base_url(connection.settings)}/identity/oauth/token",
            # In the body: addresses are written down everywhere on the way.
            data={
                "grant_type": "client_credentials",
                "client_id": connection.credentials["client_id"],
                "client_secret": connection.credentials["client_secret"],
            },
        )
        reply = await self._exchange.send(OPENING, request, budget)
        refused = judge_token(reply)
        if refused:
            raise RefusedError(refused)
        return Token(
            text=reply.content["access_token"],
            until=reply.received_at + _lifetime(reply),
            version=connection.version,
        )


def _lifetime(reply: Reply) -> timedelta:
    seconds = whole(reply.content.get("expires_in"), largest=_A_DAY)
    return timedelta(seconds=_AN_HOUR if seconds is None else seconds)

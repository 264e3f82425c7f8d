"""Access tokens by client credentials, for as long as the identity endpoint says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadstream.clock import Clock
from leadstream.reading import whole
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.marketo.answers import OPENING, judge_token
from platform_upload.adapters.marketo.instance import base_url
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.tokens import Tokens, by_client_credentials
from platform_upload.application.budget import Budget
from platform_upload.domain.connection import Connection

_AN_HOUR = 3_600
_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    text: str = field(repr=False)
    until: datetime


class MarketoTokens(Tokens[Token]):
    """Another process, or an earlier one, may have had the same: the endpoint gives it to everybody until it ends."""

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        super().__init__(clock)
        self._exchange = exchange

    def left(self, token: Token) -> timedelta:
        return max(token.until - self._clock.now(), timedelta(0))

    async def _open(self, connection: Connection, budget: Budget) -> Token:
        reply = await by_client_credentials(
            self._exchange,
            OPENING,
            f"{base_url(connection.settings)}/identity/oauth/token",
            connection,
            budget,
            judge=judge_token,
        )
        return Token(
            text=reply.content["access_token"],
            until=reply.received_at + _lifetime(reply),
        )


def _lifetime(reply: Reply) -> timedelta:
    seconds = whole(reply.content.get("expires_in"), largest=_A_DAY)
    return timedelta(seconds=_AN_HOUR if seconds is None else seconds)

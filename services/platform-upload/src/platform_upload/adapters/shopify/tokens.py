"""Access tokens: those of the client credentials grant live for a day, those of older apps for as long as the app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leadstream.clock import Clock
from leadstream.reading import whole
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fields import key, no_other
from platform_upload.adapters.shopify.answers import OPENING, judge_token
from platform_upload.adapters.shopify.shops import base_url
from platform_upload.adapters.tokens import Tokens, by_client_credentials
from platform_upload.application.budget import Budget
from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.connection import Connection

# Of the day that a token lives, all but the last hour.
LIFE = timedelta(hours=23)
BEFORE_ITS_END = timedelta(hours=1)
_LONGEST_SECONDS = 10**9


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    # None for one that is not ours to renew.
    until: datetime | None


def check_credentials(credentials: Mapping[str, Any]) -> dict[str, str]:
    """A client's id and secret, or the token of an app from before; raise InvalidConnectionError."""
    no_other(credentials, {"client_id", "client_secret", "access_token"}, "credentials")
    has_client = "client_id" in credentials or "client_secret" in credentials
    if has_client == ("access_token" in credentials):
        reason = "exactly one of access_token and client_id with client_secret is needed"
        raise InvalidConnectionError(reason, field="credentials.client_id")
    names = ("client_id", "client_secret") if has_client else ("access_token",)
    return {name: key(credentials, name) for name in names}


class ShopifyTokens(Tokens[Token]):
    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        super().__init__(clock)
        self._exchange = exchange

    async def _open(self, connection: Connection, budget: Budget) -> Token:
        static = connection.credentials.get("access_token")
        if static:
            return Token(static, None)
        asked_at = self._clock.now()
        reply = await by_client_credentials(
            self._exchange,
            OPENING,
            f"{base_url(connection.settings)}/admin/oauth/access_token",
            connection,
            budget,
            judge=judge_token,
        )
        until = asked_at + _life(reply.content.get("expires_in"))
        return Token(reply.content["access_token"], until)


def _life(expires_in: object) -> timedelta:
    seconds = whole(expires_in, largest=_LONGEST_SECONDS)
    if not seconds:
        return LIFE
    announced = timedelta(seconds=seconds)
    return min(LIFE, max(announced - BEFORE_ITS_END, announced / 2))

"""Access tokens: those that were given to us, and those that SMART Backend Services give for a signed assertion."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from leadstream.clock import Clock
from leadstream.http import UnsafeUrlError
from leadstream.reading import listed, whole
from leadstream.urls import parse_url
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fhir.answers import DISCOVERY, OPENING, judge_token
from platform_upload.adapters.fhir.keys import SigningKey, read_key
from platform_upload.adapters.fhir.saved import Way, way_of
from platform_upload.adapters.tokens import Tokens
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

# A token is not used in its last half minute, nor in the last fifth of a shorter life: it has to arrive, too.
_MARGIN = timedelta(seconds=30)
_SHARE = 5
_LONGEST_LIFE = 10**8
_BY_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    # None where no other can be asked for, or where it lives until it is refused.
    until: datetime | None = None
    renewable: bool = False
    # What it is good for, where the server has said so.
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class _Endpoint:
    url: str
    version: int


class FhirTokens(Tokens[Token]):
    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        """`exchange` goes through the guard: both addresses are the user's, or what a user's server says."""
        super().__init__(clock)
        self._exchange = exchange
        self._found: dict[UUID, _Endpoint] = {}

    async def _open(self, connection: Connection, budget: Budget) -> Token:
        if "token" in connection.credentials:
            return Token(connection.credentials["token"])
        way, credentials = way_of(connection), connection.credentials
        signing = read_key(credentials["private_key"], credentials.get("key_id"))
        url = way.token_url or await self._endpoint(connection, way, signing, budget)
        now = self._clock.now()
        request = httpx.Request(
            "POST",
            url,
            data={
                "grant_type": "client_credentials",
                "scope": way.scope,
                "client_assertion_type": _BY_ASSERTION,
                "client_assertion": signing.assertion(
                    credentials["client_id"], audience=url, now=now
                ),
            },
            headers={"accept": "application/json"},
        )
        reply = await self._exchange.send(OPENING, request, budget, address=url)
        refused = judge_token(reply)
        if refused:
            # The endpoint that was found may be another by now.
            self._found.pop(connection.id, None)
            raise RefusedError(refused)
        return _token(reply.content, now)

    async def _endpoint(
        self, connection: Connection, way: Way, signing: SigningKey, budget: Budget
    ) -> str:
        found = self._found.get(connection.id)
        if found is None or found.version != connection.version:
            url = await self._discover(way, signing, budget)
            found = self._found[connection.id] = _Endpoint(url, connection.version)
        return found.url

    async def _discover(self, way: Way, signing: SigningKey, budget: Budget) -> str:
        """What the server's SMART configuration names; where it leads is for the guard to judge when it is dialled."""
        request = httpx.Request(
            "GET",
            f"{way.base_url}/.well-known/smart-configuration",
            headers={"accept": "application/json"},
        )
        reply = await self._exchange.send(DISCOVERY, request, budget, address=way.base_url)
        content: Mapping[str, Any] = reply.content if isinstance(reply.content, dict) else {}
        if not reply.ok or not content:
            raise _misconfigured(
                "no_token_url",
                "the server has no .well-known/smart-configuration: set token_url",
                reply.status,
            )
        known = listed(content.get("token_endpoint_auth_signing_alg_values_supported"))
        if known and signing.algorithm not in known:
            raise _misconfigured(
                "signing_alg", f"the server takes no assertions signed by {signing.algorithm}"
            )
        try:
            return str(parse_url(str(content.get("token_endpoint") or "")))
        except UnsafeUrlError as exc:
            raise _misconfigured(
                "no_token_url", "the server's SMART configuration names no token endpoint"
            ) from exc


def _token(content: Mapping[str, Any], now: datetime) -> Token:
    seconds = whole(content.get("expires_in"), largest=_LONGEST_LIFE)
    scope = content.get("scope")
    life = timedelta(seconds=seconds) if seconds and seconds > 0 else None
    return Token(
        content["access_token"],
        until=now + life - min(_MARGIN, life / _SHARE) if life else None,
        renewable=True,
        scope=scope if isinstance(scope, str) else None,
    )


def _misconfigured(code: str, message: str, status: int | None = None) -> RefusedError:
    return RefusedError(
        Refused(verdict=Verdict.CONFIGURATION, code=code, message=message, status_code=status)
    )

"""Marketo's REST API, within its pace and its places, behind a token that is renewed when it has expired."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import orjson

from leadstream.http import expect_calls
from leadstream.reading import listed
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.marketo.answers import OPENING, is_gone, judge, objects
from platform_upload.adapters.marketo.instance import base_url, terms_of
from platform_upload.adapters.marketo.tokens import MarketoTokens, Token
from platform_upload.adapters.pacer import Pacer
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.slots import Slots
from platform_upload.application.budget import Budget, SpentError
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

# Records in one call, read or written.
BATCH = 300

# A token that ends so soon is waited for: until then the endpoint gives no other.
_SOON = timedelta(minutes=1)
# It is our own doing, and costs nobody an attempt.
NO_TURN = Refused(
    verdict=Verdict.RETRY,
    code="no_turn",
    message="others' calls took all that Marketo allows for as long as an attempt may wait",
    after=timedelta(seconds=1),
    throttled=True,
)

expect_calls("marketo", OPENING, "sync", "read", "delete", "describe", "partitions")


class MarketoApi:
    def __init__(
        self, exchange: Exchange, tokens: MarketoTokens, *, pacer: Pacer, slots: Slots
    ) -> None:
        self._exchange = exchange
        self._tokens = tokens
        self._pacer = pacer
        self._slots = slots

    def bind(self, connection: Connection, budget: Budget) -> "MarketoCalls":
        return MarketoCalls(self, connection, budget)

    async def call(
        self, connection: Connection, budget: Budget, operation: str, request: httpx.Request
    ) -> Reply:
        """Call with the token there is, and once more with another if that is refused."""
        last: Token | None = None
        while True:
            token = await self._tokens.get(connection, budget)
            request.headers["authorization"] = f"Bearer {token.text}"
            reply = await self._send(connection, budget, operation, request)
            refused = judge(reply)
            if refused is None:
                return reply
            if refused.verdict is not Verdict.REAUTH_ONCE:
                raise RefusedError(refused)
            self._tokens.drop(connection, token)
            if last:
                raise RefusedError(self._twice_refused(refused, last, token))
            last = token

    async def _send(
        self, connection: Connection, budget: Budget, operation: str, request: httpx.Request
    ) -> Reply:
        async with AsyncExitStack() as turn:
            try:
                # The place first: with a token of the pace in hand, those that wait for one would all go at once.
                await turn.enter_async_context(self._slots.held(connection, budget))
                await self._pacer.wait(connection, budget)
            except SpentError as exc:
                raise RefusedError(NO_TURN) from exc
            return await self._exchange.send(operation, request, budget)

    def _twice_refused(self, refused: Refused, last: Token, token: Token) -> Refused:
        left = self._tokens.left(token)
        if token.text == last.text and left <= _SOON:
            after = left + timedelta(seconds=1)
            return replace(refused, verdict=Verdict.RETRY, after=after, throttled=True)
        # A token from a moment ago: the client may log in, and do nothing.
        return replace(refused, verdict=Verdict.CREDENTIAL)


@dataclass(frozen=True, slots=True)
class MarketoCalls:
    """The calls of one attempt with one connection; each raises RefusedError for a call refused as a whole."""

    _api: MarketoApi
    _connection: Connection
    _budget: Budget

    async def upsert(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        by: str | None = None,
        action: str = "createOrUpdate",
    ) -> tuple[list[Any], Reply]:
        """The records' results, in their order, and the answer they came in."""
        terms = terms_of(self._connection)
        body: dict[str, Any] = {"action": action, "lookupField": by or terms.lookup_field}
        # A lead that is known by Marketo's own id has its partition.
        if terms.partition and by is None:
            body["partitionName"] = terms.partition
        reply = await self._post("sync", "leads.json", {**body, "input": list(records)})
        results = listed(reply.content.get("result"))
        if results is None or len(results) != len(records):
            message = "Marketo's answer has not one result for each lead"
            raise RefusedError(reply.refused(Verdict.AMBIGUOUS, "unreadable", message))
        return results, reply

    async def read(
        self, by: str, values: Sequence[str], names: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """The leads that there are, with these fields.

        As a form: in the address there would be people's own, and no room for three hundred of them.
        """
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(values), BATCH):
            form = {
                "filterType": by,
                "filterValues": ",".join(values[start : start + BATCH]),
                "fields": ",".join(names),
            }
            found += await self._pages(form)
        return found

    async def _pages(self, form: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """There are more than one only where several leads have one key."""
        found: list[Mapping[str, Any]] = []
        url = f"{self._rest}/leads.json?_method=GET"
        more: dict[str, str] = {}
        while True:
            reply = await self._call("read", httpx.Request("POST", url, data={**form, **more}))
            rows = objects(reply.content.get("result"))
            found += rows
            following = {"nextPageToken": str(reply.content.get("nextPageToken") or "")}
            # Some give a token with the last page, too; one that leads nowhere new would be followed for ever.
            if not rows or following in ({"nextPageToken": ""}, more) or _is_last(reply):
                return _each_once(found)
            more = following

    async def delete(self, ids: Sequence[str]) -> set[str]:
        """Return those that are not there any more, whoever has deleted them."""
        gone: set[str] = set()
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            body = {"input": [{"id": int(each)} for each in some]}
            reply = await self._post("delete", "leads/delete.json", body)
            results = listed(reply.content.get("result")) or ()
            gone |= {each for each, result in zip(some, results, strict=False) if is_gone(result)}
        return gone

    async def describe(self) -> Mapping[str, Any]:
        """The fields of leads, and those that they may be found by."""
        found = await self._get("describe", "leads/describe2.json")
        return found[0] if found else {}

    async def partitions(self) -> list[str]:
        return [
            str(each.get("name")) for each in await self._get("partitions", "leads/partitions.json")
        ]

    async def _get(self, operation: str, path: str) -> list[Mapping[str, Any]]:
        reply = await self._call(operation, httpx.Request("GET", f"{self._rest}/{path}"))
        return objects(reply.content.get("result"))

    async def _post(self, operation: str, path: str, body: Mapping[str, Any]) -> Reply:
        request = httpx.Request(
            "POST",
            f"{self._rest}/{path}",
            content=orjson.dumps(body),
            headers={"content-type": "application/json"},
        )
        return await self._call(operation, request)

    @property
    def _rest(self) -> str:
        return f"{base_url(self._connection.settings)}/rest/v1"

    async def _call(self, operation: str, request: httpx.Request) -> Reply:
        return await self._api.call(self._connection, self._budget, operation, request)


def _is_last(reply: Reply) -> bool:
    return reply.content.get("moreResult") is False


def _each_once(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A lead that is changed between two pages is on both, and still one."""
    return list({str(row.get("id") or f"row {at}"): row for at, row in enumerate(rows)}.values())

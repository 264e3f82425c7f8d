"""Wealthbox's HTTP API."""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson

from leadstream.http import expect_calls
from leadstream.reading import whole
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.pacer import Pacer
from platform_upload.adapters.reply import Reply, external_id
from platform_upload.adapters.wealthbox.answers import judge, unreadable
from platform_upload.application.budget import Budget, SpentError
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

# What a search for one id finds is on its first page: more pages mean that it was not searched for.
MOST_PAGES = 4
_MOST = 1_000_000

# Nothing is wrong with the lead: the connection's other leads have taken all that it may call.
OVER_PACE = Refused(
    verdict=Verdict.RETRY,
    code="pace",
    message="this attempt came to its end before Wealthbox's pace allowed its next call",
    after=timedelta(seconds=10),
    throttled=True,
)

expect_calls("wealthbox", "find", "read", "create", "change", "remove", "me")

Record = Mapping[str, Any]
Before = Callable[[], Awaitable[None]]


class WealthboxApi:
    def __init__(self, exchange: Exchange, *, pacer: Pacer, base_url: str) -> None:
        self._exchange = exchange
        self._pacer = pacer
        self._base_url = base_url.rstrip("/")

    def bind(self, connection: Connection, budget: Budget) -> "WealthboxCalls":
        return WealthboxCalls(self, connection, budget)

    async def call(
        self,
        calls: "WealthboxCalls",
        operation: str,
        request: tuple[str, str],
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        before: Before | None = None,
    ) -> Reply:
        """Return the answer, whatever its status; `before` is done when nothing but the call itself is left."""
        try:
            await self._pacer.wait(calls.connection, calls.budget)
        except SpentError as exc:
            raise RefusedError(OVER_PACE) from exc
        if before:
            await before()
        method, path = request
        made = httpx.Request(
            method,
            f"{self._base_url}{path}",
            params=params,
            content=orjson.dumps(body) if body is not None else None,
            headers={
                "ACCESS_TOKEN": calls.connection.credentials["access_token"],
                "content-type": "application/json",
            },
        )
        return await self._exchange.send(operation, made, calls.budget)


@dataclass(frozen=True, slots=True)
class WealthboxCalls:
    """The calls of one attempt with one connection; each raises RefusedError where it is refused."""

    _api: WealthboxApi
    connection: Connection
    budget: Budget

    async def find(self, kind: str, **by: str) -> list[Record]:
        """Contacts of a type, by one of their fields; one that was made moments ago may be missing."""
        found: list[Record] = []
        for page in range(1, MOST_PAGES + 1):
            params = {**by, "type": kind} | ({"page": str(page)} if page > 1 else {})
            reply = await self._api.call(self, "find", ("GET", "/contacts"), params=params)
            content = _judged(reply)
            listed, pages = _page(content)
            if listed is None:
                raise RefusedError(unreadable(reply))
            found += listed
            if page >= pages:
                return _each_once(found)
        raise RefusedError(_not_searched(reply))

    async def read(self, record_id: str) -> Record | None:
        """A contact by its own id; None where there is none."""
        reply = await self._api.call(self, "read", ("GET", f"/contacts/{record_id}"))
        return None if reply.status == 404 else _judged(reply)

    async def create(self, body: Mapping[str, Any], *, before: Before) -> str:
        reply = await self._api.call(
            self, "create", ("POST", "/contacts"), body=body, before=before
        )
        record_id = external_id(_judged(reply).get("id"))
        if record_id is None:
            raise RefusedError(unreadable(reply))
        return record_id

    async def change(self, record_id: str, body: Mapping[str, Any]) -> None:
        reply = await self._api.call(self, "change", ("PUT", f"/contacts/{record_id}"), body=body)
        if reply.status == 404:
            # Deleted between our look and our write: the next try makes it anew.
            message = "the contact is not there any more"
            raise RefusedError(reply.refused(Verdict.RETRY, "http_404", message))
        _judged(reply)

    async def remove(self, record_id: str) -> None:
        reply = await self._api.call(self, "remove", ("DELETE", f"/contacts/{record_id}"))
        refused = None if reply.ok or reply.status == 404 else judge(reply)
        if refused:
            raise RefusedError(refused)

    async def me(self) -> None:
        _judged(await self._api.call(self, "me", ("GET", "/me")))


def _judged(reply: Reply) -> Record:
    refused = judge(reply)
    if refused:
        raise RefusedError(refused)
    content: Record = reply.content
    return content


def _page(content: Record) -> tuple[list[Record] | None, int]:
    """The contacts of a page and how many pages there are; None where there may be some that do not show."""
    listed = content.get("contacts", ...)
    meta = content.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    total = whole(meta.get("total_count"), largest=_MOST) or 0
    pages = whole(meta.get("total_pages"), largest=_MOST)
    if pages is None and isinstance(listed, list):
        # Whoever tells only how many there are may have more of them.
        pages = math.ceil(total / max(1, len(listed)))
    pages = pages or 0
    if listed is None:
        listed = []
    if not isinstance(listed, list) or (not listed and total):
        return None, pages
    found = [each for each in listed if isinstance(each, Mapping) and external_id(each.get("id"))]
    return (found if len(found) == len(listed) else None), pages


def _each_once(records: list[Record]) -> list[Record]:
    """A contact that is changed between two pages is on both, and still one."""
    return list({external_id(each["id"]): each for each in records}.values())


def _not_searched(reply: Reply) -> Refused:
    message = "Wealthbox lists contacts that were not asked for: its search does not know the field"
    return reply.refused(Verdict.CONFIGURATION, "not_searched", message)

"""HubSpot's HTTP API on its dated paths."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from leadstream.http import expect_calls
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.hubspot.answers import ERASE, announced_pace, judge, written
from platform_upload.adapters.pacer import Pacer
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit, cut, halves
from platform_upload.domain.connection import Connection

# Records in one call.
BATCH = 100
SEARCH = "search"
SEARCH_PAGE = 200
# More than this for one batch of leads means that a domain is shared by hundreds of companies there.
MOST_PAGES = 5
# A search whose body is longer than 3,000 characters is a 400. Half a thousand of them are not values.
SEARCH_CHARACTERS = 2_500
SEARCH_VALUES = 100

expect_calls(
    "hubspot",
    SEARCH,
    "read_companies",
    "read_contacts",
    "upsert_companies",
    "upsert_contacts",
    "update_companies",
    "update_contacts",
    "associate",
    "get_owner",
    ERASE,
    "get_property",
    "list_properties",
    "create_property",
)


class HubspotApi:
    def __init__(
        self,
        exchange: Exchange,
        *,
        pacer: Pacer,
        search_pacer: Pacer,
        base_url: str,
        version: str,
    ) -> None:
        """Searches have a limit of their own, on top of that for all calls."""
        self._exchange = exchange
        self._pacer = pacer
        self._search_pacer = search_pacer
        self._base_url = base_url.rstrip("/")
        self._version = version

    def bind(self, connection: Connection, budget: Budget) -> "HubspotCalls":
        return HubspotCalls(self, connection, budget)

    async def call(
        self,
        connection: Connection,
        budget: Budget,
        operation: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Return the answer, whatever its status."""
        if operation == SEARCH:
            await self._search_pacer.wait(connection, budget)
        await self._pacer.wait(connection, budget)
        family, _, rest = path.partition("/")
        request = httpx.Request(
            method,
            f"{self._base_url}/crm/{family}/{self._version}/{rest}",
            content=orjson.dumps(body) if body is not None else None,
            headers={
                "authorization": f"Bearer {connection.credentials['access_token']}",
                "content-type": "application/json",
            },
        )
        reply = await self._exchange.send(operation, request, budget)
        self._pacer.learn(connection, announced_pace(reply))
        return reply


@dataclass(frozen=True, slots=True)
class HubspotCalls:
    """The calls of one attempt with one connection; each raises RefusedError for a call refused as a whole."""

    _api: HubspotApi
    _connection: Connection
    _budget: Budget

    async def read(
        self, kind: str, id_property: str, ids: Sequence[str], properties: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Those records that there are, by a unique property."""

        async def ask(some: Sequence[str]) -> list[Mapping[str, Any]]:
            body = {
                "idProperty": id_property,
                "inputs": [{"id": each} for each in some],
                "properties": list(properties),
            }
            # Of those that there are not, it says so, as errors.
            reply = await self._post(f"read_{kind}", f"objects/{kind}/batch/read", body)
            return _objects(reply.content.get("results"))

        return await _ask_for(cut(ids, BatchLimit(items=BATCH, size_bytes=10**9), len), ask)

    async def search_companies(
        self, name: str, values: Sequence[str], properties: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Companies with any of these values; what was written moments ago may be missing."""
        limit = BatchLimit(items=SEARCH_VALUES, size_bytes=SEARCH_CHARACTERS)
        batches = cut(values, limit, lambda value: len(value) + 3)
        return await _ask_for(batches, lambda some: self._search(name, some, properties))

    async def _search(
        self, name: str, values: Sequence[str], properties: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        condition = {"propertyName": name, "operator": "IN", "values": list(values)}
        body: dict[str, Any] = {
            "filterGroups": [{"filters": [condition]}],
            "properties": list(properties),
            "limit": SEARCH_PAGE,
        }
        found: list[Mapping[str, Any]] = []
        for _ in range(MOST_PAGES):
            reply = await self._post(SEARCH, "objects/companies/search", body)
            found += _objects(reply.content.get("results"))
            after = ((reply.content.get("paging") or {}).get("next") or {}).get("after")
            if after is None:
                break
            body["after"] = after
        return found

    async def upsert(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        return await self._write(f"upsert_{kind}", f"objects/{kind}/batch/upsert", inputs)

    async def update(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        return await self._write(f"update_{kind}", f"objects/{kind}/batch/update", inputs)

    async def associate(self, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        path = "associations/contacts/companies/batch/associate/default"
        return await self._write("associate", path, inputs)

    async def erase_contact(self, email: str) -> None:
        """Delete for good the contact with this address. Without one HubSpot keeps the address out from now on."""
        body = {"idProperty": "email", "objectId": email}
        reply = await self._call(ERASE, "POST", "objects/contacts/gdpr-delete", body)
        refused = None if reply.ok else judge(reply)
        if refused:
            raise RefusedError(refused)

    async def property_of_companies(self, name: str) -> Mapping[str, Any] | None:
        """A property's definition, or None if there is none."""
        reply = await self._call("get_property", "GET", f"properties/companies/{name}")
        if reply.status == httpx.codes.NOT_FOUND:
            return None
        return _accepted(reply, judge).content  # type: ignore[no-any-return]  # JSON

    async def properties_of(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The definitions of all properties of a kind of record, by name."""
        reply = await self._call("list_properties", "GET", f"properties/{kind}")
        listed = _objects(_accepted(reply, judge).content.get("results"))
        return {str(each.get("name")): each for each in listed}

    async def has_owner(self, owner: str) -> bool:
        """Whether somebody who works there has this id; one who has gone doesn't."""
        reply = await self._call("get_owner", "GET", f"owners/{owner}")
        if reply.status == httpx.codes.NOT_FOUND:
            return False
        return not _accepted(reply, judge).content.get("archived")

    async def create_property(self, definition: Mapping[str, Any]) -> None:
        """Create it; that somebody else just did is as good."""
        reply = await self._call("create_property", "POST", "properties/companies", definition)
        if reply.status != httpx.codes.CONFLICT:
            _accepted(reply, judge)

    async def _write(self, operation: str, path: str, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        return _accepted(await self._call(operation, "POST", path, {"inputs": inputs}), written)

    async def _post(self, operation: str, path: str, body: Mapping[str, Any]) -> Reply:
        return _accepted(await self._call(operation, "POST", path, body), judge)

    async def _call(
        self, operation: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Reply:
        return await self._api.call(self._connection, self._budget, operation, method, path, body)


async def _ask_for(
    batches: Sequence[Sequence[str]],
    ask: Callable[[Sequence[str]], Awaitable[list[Mapping[str, Any]]]],
) -> list[Mapping[str, Any]]:
    """What there is of these. One that HubSpot won't look for is not there, and hides no other."""
    found: list[Mapping[str, Any]] = []
    pending = deque(batches)
    while pending:
        some = pending.popleft()
        try:
            found += await ask(some)
        except RefusedError as exc:
            if exc.refused.verdict is not Verdict.PERMANENT:
                raise
            if len(some) > 1:
                pending.extendleft(reversed(halves(some)))
    return found


def _accepted(reply: Reply, judged: Callable[[Reply], Refused | None]) -> Reply:
    refused = judged(reply)
    if refused:
        raise RefusedError(refused)
    return reply


def _objects(listed: object) -> list[Mapping[str, Any]]:
    """A list that is missing or null is an empty one."""
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

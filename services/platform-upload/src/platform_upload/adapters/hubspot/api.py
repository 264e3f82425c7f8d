"""HubSpot's HTTP API on its dated paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from leadstream.http import expect_calls
from platform_upload.adapters.exchange import Exchange, Reply
from platform_upload.adapters.hubspot.answers import announced_pace, judge
from platform_upload.adapters.pacer import Pacer
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import RefusedError
from platform_upload.domain.batches import BatchLimit, cut
from platform_upload.domain.connection import Connection

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
    "upsert_companies",
    "upsert_contacts",
    "update_companies",
    "associate",
    "get_property",
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

    async def read_companies(
        self, id_property: str, ids: Sequence[str], properties: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Those companies that there are, by a unique property."""
        body = {
            "idProperty": id_property,
            "inputs": [{"id": each} for each in ids],
            "properties": list(properties),
        }
        # Of those that there are not, it says so, as errors.
        reply = await self._post("read_companies", "objects/companies/batch/read", body)
        return list(reply.content.get("results") or ())

    async def search_companies(
        self, name: str, values: Sequence[str], properties: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Companies with any of these values; what was written moments ago may be missing."""
        found: list[Mapping[str, Any]] = []
        limit = BatchLimit(items=SEARCH_VALUES, size_bytes=SEARCH_CHARACTERS)
        for some in cut(values, limit, lambda value: len(value) + 3):
            found += await self._search(name, some, properties)
        return found

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
            found += reply.content.get("results") or ()
            after = ((reply.content.get("paging") or {}).get("next") or {}).get("after")
            if after is None:
                break
            body["after"] = after
        return found

    async def upsert(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        return await self._post(
            f"upsert_{kind}", f"objects/{kind}/batch/upsert", {"inputs": inputs}
        )

    async def update_companies(self, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        return await self._post(
            "update_companies", "objects/companies/batch/update", {"inputs": inputs}
        )

    async def associate(self, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        path = "associations/contacts/companies/batch/associate/default"
        return await self._post("associate", path, {"inputs": inputs})

    async def property_of_companies(self, name: str) -> Mapping[str, Any] | None:
        """A property's definition, or None if there is none."""
        reply = await self._call("get_property", "GET", f"properties/companies/{name}")
        if reply.status == httpx.codes.NOT_FOUND:
            return None
        return _accepted(reply).content  # type: ignore[no-any-return]  # JSON

    async def create_property(self, definition: Mapping[str, Any]) -> None:
        """Create it; that somebody else just did is as good."""
        reply = await self._call("create_property", "POST", "properties/companies", definition)
        if reply.status != httpx.codes.CONFLICT:
            _accepted(reply)

    async def _post(self, operation: str, path: str, body: Mapping[str, Any]) -> Reply:
        return _accepted(await self._call(operation, "POST", path, body))

    async def _call(
        self, operation: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Reply:
        return await self._api.call(self._connection, self._budget, operation, method, path, body)


def _accepted(reply: Reply) -> Reply:
    refused = judge(reply)
    if refused:
        raise RefusedError(refused)
    return reply

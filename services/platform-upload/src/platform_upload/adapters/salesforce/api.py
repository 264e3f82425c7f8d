"""Salesforce's REST API, behind a session that is renewed when it has expired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import orjson

from leadstream.http import expect_calls
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.salesforce.answers import judge
from platform_upload.adapters.salesforce.layout import EXTERNAL_ID
from platform_upload.adapters.salesforce.sessions import Sessions
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

# A URL may have 16,384 characters there; proxies on the way often take half of that. A lead's id takes some 45.
IDS_A_QUERY = 100

expect_calls("salesforce", "token", "upsert", "read", "describe", "look_up")


class SalesforceApi:
    def __init__(self, exchange: Exchange, sessions: Sessions, *, version: str) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._data = f"/services/data/v{version.removeprefix('v')}"

    def bind(self, connection: Connection, budget: Budget) -> "SalesforceCalls":
        return SalesforceCalls(self, connection, budget)

    async def call(  # noqa: PLR0913 - one argument for each part of a request
        self,
        connection: Connection,
        budget: Budget,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Call with the session there is, and once more with a new one if that has expired."""
        refused: Refused | None = None
        for _ in range(2):
            session = await self._sessions.get(connection, budget)
            request = httpx.Request(
                method,
                f"{session.instance_url}{self._data}{path}",
                params=params,
                content=orjson.dumps(body) if body is not None else None,
                headers={
                    "authorization": f"Bearer {session.token}",
                    "content-type": "application/json",
                    # A person known under the same address is no reason to lose the lead.
                    "sforce-duplicate-rule-header": "allowSave=true",
                    **(headers or {}),
                },
            )
            reply = await self._exchange.send(operation, request, budget)
            refused = judge(reply)
            if refused is None:
                return reply
            if refused.verdict is not Verdict.REAUTH_ONCE:
                raise RefusedError(refused)
            self._sessions.drop(connection, session)
        assert refused is not None  # noqa: S101 - the loop has run
        # A session from a moment ago: the client may log in, and do nothing.
        raise RefusedError(replace(refused, verdict=Verdict.CREDENTIAL))


@dataclass(frozen=True, slots=True)
class SalesforceCalls:
    """The calls of one attempt with one connection; each raises RefusedError for a call refused as a whole."""

    _api: SalesforceApi
    _connection: Connection
    _budget: Budget

    async def upsert(
        self, rows: Sequence[Mapping[str, Any]], *, assign: str | None = None
    ) -> tuple[list[Any], Reply]:
        """The rows' results, in their order, and the answer they came in.

        `assign` is which assignment rule is to run: `TRUE` for the active one, `FALSE` for none, or its id.
        """
        body = {"allOrNone": False, "records": rows}
        path = f"/composite/sobjects/Lead/{EXTERNAL_ID}"
        headers = {"sforce-auto-assign": assign} if assign else None
        reply = await self._call("upsert", "PATCH", path, body=body, headers=headers)
        results = reply.content
        if not isinstance(results, list) or len(results) != len(rows):
            message = "Salesforce's answer has not one result for each row"
            raise RefusedError(reply.refused(Verdict.AMBIGUOUS, "unreadable", message))
        return results, reply

    async def read(self, ids: Sequence[str], names: Sequence[str]) -> list[Mapping[str, Any]]:
        """The leads that there are, by our id."""
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(ids), IDS_A_QUERY):
            listed = ", ".join(f"'{each}'" for each in ids[start : start + IDS_A_QUERY])
            query = (
                f"SELECT {', '.join([EXTERNAL_ID, *names])} FROM Lead"  # noqa: S608 - ids are UUIDs
                f" WHERE {EXTERNAL_ID} IN ({listed})"
            )
            reply = await self._call("read", "GET", "/query", params={"q": query})
            content = reply.content if isinstance(reply.content, dict) else {}
            found += [each for each in content.get("records") or () if isinstance(each, dict)]
        return found

    async def look_up(self, kind: str, by: str, value: str, names: Sequence[str]) -> list[Any]:
        """What there is of another kind of record with this value, an id."""
        query = f"SELECT {', '.join(names)} FROM {kind} WHERE {by} = '{value}'"  # noqa: S608 - an id
        reply = await self._call("look_up", "GET", "/query", params={"q": query})
        records = reply.content.get("records") if isinstance(reply.content, dict) else None
        return [each for each in records or () if isinstance(each, dict)]

    async def describe(self) -> Mapping[str, Any]:
        reply = await self._call("describe", "GET", "/sobjects/Lead/describe")
        return reply.content if isinstance(reply.content, dict) else {}

    async def _call(self, operation: str, method: str, path: str, **more: Any) -> Reply:
        return await self._api.call(self._connection, self._budget, operation, method, path, **more)

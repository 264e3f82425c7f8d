"""A FHIR server's REST API: several requests in one Bundle where it takes them, else one by one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import httpx
import orjson

from leadstream.http import expect_calls
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fhir.answers import judge
from platform_upload.adapters.fhir.saved import Way, way_of
from platform_upload.adapters.fhir.tokens import FhirTokens, Token
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import Budget, SpentError
from platform_upload.domain.answers import Refused, RefusedError, Untried, Verdict
from platform_upload.domain.connection import Connection

FHIR_JSON = "application/fhir+json"
_STATUS = re.compile(r"\s*([1-5]\d\d)\b")
# What a refusal of one request means for the next one: nothing.
_OF_ONE = frozenset({Verdict.PERMANENT, Verdict.RESOLVE_EXISTING})
_CONFLICT = 409
# What servers are advised to take.
LARGEST_BATCH = 100

expect_calls("fhir", "discover", "token", "metadata", "batch", "search", "read", "write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    # Below the base.
    url: str
    resource: Mapping[str, Any] | None = None
    # Only if the resource is still of this version.
    if_match: str | None = None
    # Only if this search finds nothing.
    if_none_exist: str | None = None
    # Names it within a batch.
    name: str | None = None

    @property
    def operation(self) -> str:
        if self.method != "GET":
            return "write"
        return "search" if "?" in self.url else "read"

    @property
    def headers(self) -> dict[str, str]:
        given = {"if-match": self.if_match, "if-none-exist": self.if_none_exist}
        return {name: value for name, value in given.items() if value is not None}

    def as_entry(self) -> dict[str, Any]:
        request = {
            "method": self.method,
            "url": self.url,
            "ifMatch": self.if_match,
            "ifNoneExist": self.if_none_exist,
        }
        entry: dict[str, Any] = {
            "request": {name: value for name, value in request.items() if value is not None}
        }
        if self.resource is not None:
            entry["resource"] = self.resource
            if self.name:
                entry["fullUrl"] = f"urn:uuid:{self.name}"
        return entry


# What came of one request; Refused where it never had an answer of its own, Untried where there was no sense in it.
Said: TypeAlias = Reply | Refused | Untried


class FhirApi:
    def __init__(self, exchange: Exchange, tokens: FhirTokens) -> None:
        self._exchange = exchange
        self._tokens = tokens

    def bind(self, connection: Connection, budget: Budget, *, batch: bool) -> "FhirCalls":
        return FhirCalls(self, connection, budget, batch)

    async def token(self, connection: Connection, budget: Budget) -> Token:
        return await self._tokens.get(connection, budget)

    async def metadata(self, connection: Connection, budget: Budget) -> Mapping[str, Any]:
        """The server's capability statement; raise RefusedError where it has none to show."""
        request = Request(method="GET", url="metadata")
        reply = await self.call(connection, budget, "metadata", request)
        refused = judge(reply)
        if refused:
            raise RefusedError(refused)
        content = reply.content
        if not isinstance(content, dict) or content.get("resourceType") != "CapabilityStatement":
            message = "what the server shows as its metadata is no CapabilityStatement"
            raise RefusedError(reply.refused(Verdict.RETRY, "unreadable", message))
        return content

    async def call(
        self, connection: Connection, budget: Budget, operation: str, request: Request
    ) -> Reply:
        """Call with the token there is, and once more with a new one if that is refused."""
        way = way_of(connection)
        for _ in range(2):
            token = await self._tokens.get(connection, budget)
            reply = await self._exchange.send(
                operation, _http(way, request, token), budget, address=way.base_url
            )
            if reply.status != httpx.codes.UNAUTHORIZED:
                return reply
            if not token.renewable:
                break
            self._tokens.drop(connection, token)
        refused = judge(reply)
        assert refused is not None  # noqa: S101 - 401 is no success
        # A token from a moment ago, or one that there is no other for.
        raise RefusedError(replace(refused, verdict=Verdict.CREDENTIAL))


@dataclass(frozen=True, slots=True)
class FhirCalls:
    """The calls of one attempt with one connection."""

    _api: FhirApi
    connection: Connection
    _budget: Budget
    _batch: bool

    @property
    def way(self) -> Way:
        return way_of(self.connection)

    @property
    def at_once(self) -> int:
        """How many organizations are best written together."""
        return LARGEST_BATCH if self._batch else 1

    async def run(self, requests: Sequence[Request]) -> list[Said]:
        """What came of each, in their order; raise RefusedError where an answer concerns all of them."""
        if self._batch and len(requests) > 1:
            return list(await self._together(requests))
        return await self._one_by_one(requests)

    async def _together(self, requests: Sequence[Request]) -> Sequence[Said]:
        bundle = {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [each.as_entry() for each in requests],
        }
        request = Request(method="POST", url="", resource=bundle)
        reply = await self._api.call(self.connection, self._budget, "batch", request)
        refused = judge(reply)
        if refused:
            raise RefusedError(refused)
        content = reply.content if isinstance(reply.content, dict) else {}
        entries = content.get("entry")
        if not isinstance(entries, list) or len(entries) != len(requests):
            # Nothing says which of them are missing.
            message = "the server's answer has not one entry for each of the batch"
            raise RefusedError(
                replace(reply.refused(Verdict.AMBIGUOUS, "unreadable", message), excerpt=None)
            )
        return [_entry(each, reply) for each in entries]

    async def _one_by_one(self, requests: Sequence[Request]) -> list[Said]:
        """Until one answer concerns them all: what is left then is Untried."""
        found: list[Said] = []
        for request in requests:
            try:
                said: Said = await self._api.call(
                    self.connection, self._budget, request.operation, request
                )
            except SpentError:
                if not found:
                    raise
                break
            except RefusedError as exc:
                if not found:
                    raise
                said = exc.refused
            found.append(said)
            if _is_refused(said):
                break
        return [*found, *[Untried()] * (len(requests) - len(found))]


def concerns_all(refused: Refused) -> bool:
    """Whether there is no sense in asking for anything else now."""
    return refused.verdict not in _OF_ONE and refused.status_code != _CONFLICT


def _is_refused(said: Said) -> bool:
    refused = judge(said, by_id=True) if isinstance(said, Reply) else said
    return isinstance(refused, Refused) and concerns_all(refused)


def _entry(entry: object, whole: Reply) -> Said:
    """The answer to one entry, as if it had come alone; without its words, which are of no single one."""
    response = entry.get("response") if isinstance(entry, Mapping) else None
    said = response if isinstance(response, Mapping) else {}
    status = _STATUS.match(str(said.get("status") or ""))
    if status is None or not isinstance(entry, Mapping):
        return Refused(
            verdict=Verdict.AMBIGUOUS,
            code="unmentioned",
            message="the server's answer says nothing about this entry",
            status_code=whole.status,
        )
    found = status[1].startswith("2")
    headers = {name: str(said[name]) for name in ("location", "etag") if said.get(name)}
    if "retry-after" in whole.headers:
        headers["retry-after"] = whole.headers["retry-after"]
    return Reply(
        status=int(status[1]),
        headers=headers,
        received_at=whole.received_at,
        secrets=whole.secrets,
        # Beside what was found there may be hints; a refusal is an outcome, and some put that in the other place.
        content=(entry.get("resource") if found else None)
        or said.get("outcome")
        or entry.get("resource"),
    )


def _http(way: Way, request: Request, token: Token) -> httpx.Request:
    headers = {
        "authorization": f"Bearer {token.value}",
        "accept": FHIR_JSON,
        **request.headers,
    }
    content = None
    if request.resource is not None:
        headers["content-type"] = FHIR_JSON
        content = orjson.dumps(request.resource)
    url = f"{way.base_url}/{request.url}" if request.url else way.base_url
    return httpx.Request(request.method, url, content=content, headers=headers)

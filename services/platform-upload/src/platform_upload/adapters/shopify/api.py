"""Shopify's Admin API: one GraphQL endpoint for each shop, paced by points, behind a token that is renewed once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import orjson

from leadstream.http import expect_calls
from platform_upload.adapters.costs import CostPacer
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.shopify.answers import (
    bill_of,
    hides_customers,
    judge,
    objects,
)
from platform_upload.adapters.shopify.documents import (
    Document,
    Part,
    find_companies,
    find_customers,
    look_around,
    mutation,
    read_companies,
)
from platform_upload.adapters.shopify.held import Held, held_of
from platform_upload.adapters.shopify.shops import base_url
from platform_upload.adapters.shopify.tokens import ShopifyTokens
from platform_upload.application.budget import Budget, SpentError
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection

log = logging.getLogger(__name__)

VERSION_HEADER = "x-shopify-api-version"
# Nothing is wrong with the leads: others' calls have taken all the points that there were.
NO_POINTS = Refused(
    verdict=Verdict.RETRY,
    code="points",
    message="this attempt came to its end before the shop had points for its next call",
    after=timedelta(seconds=1),
    throttled=True,
)

expect_calls(
    "shopify",
    "token",
    "find_companies",
    "read_companies",
    "create_companies",
    "update_companies",
    "create_contacts",
    "update_contacts",
    "assign_contacts",
    "remove_contacts",
    "find_customers",
    "look_around",
)


class ShopifyApi:
    def __init__(
        self, exchange: Exchange, tokens: ShopifyTokens, pacer: CostPacer, *, version: str
    ) -> None:
        self._exchange = exchange
        self._tokens = tokens
        self._pacer = pacer
        self._version = version
        # By operation, what Shopify asks for more than we reckon with, as a factor.
        self._dearer: dict[str, float] = {}
        self._other_versions: set[str] = set()
        # Connections, as of a version, whose app may see companies and not the people in them.
        self.faceless: dict[str, int] = {}

    def bind(self, connection: Connection, budget: Budget) -> "ShopifyCalls":
        return ShopifyCalls(self, connection, budget)

    async def call(
        self, connection: Connection, budget: Budget, operation: str, document: Document
    ) -> Reply:
        """Return the answer, whatever its status, with the token there is or once more with a new one."""
        for _ in range(2):
            token = await self._tokens.get(connection, budget)
            reply = await self._paced(connection, budget, operation, document, token.value)
            if reply.status != httpx.codes.UNAUTHORIZED or token.until is None:
                break
            self._tokens.drop(connection, token)
        return reply

    async def _paced(
        self,
        connection: Connection,
        budget: Budget,
        operation: str,
        document: Document,
        token: str,
    ) -> Reply:
        points = round(document.points * self._dearer.get(operation, 1.0) + 0.5)
        try:
            reserved = await self._pacer.reserve(connection, points, budget)
        except SpentError as exc:
            raise RefusedError(NO_POINTS) from exc
        request = httpx.Request(
            "POST",
            f"{base_url(connection.settings)}/admin/api/{self._version}/graphql.json",
            content=orjson.dumps({"query": document.text, "variables": document.variables}),
            headers={
                "x-shopify-access-token": token,
                "content-type": "application/json",
                "accept": "application/json",
            },
        )
        reply = await self._exchange.send(operation, request, budget)
        bill = bill_of(reply)
        await self._pacer.settle(connection, reserved, bill)
        if bill and bill.requested:
            self._dearer[operation] = max(1.0, bill.requested / max(1, document.points))
        self._note_version(connection, reply)
        return reply

    def _note_version(self, connection: Connection, reply: Reply) -> None:
        """Shopify answers with another version where the one asked for is over."""
        answered = reply.headers.get(VERSION_HEADER)
        if not answered or answered == self._version or answered in self._other_versions:
            return
        self._other_versions.add(answered)
        log.warning(
            "shopify.version",
            extra={
                "connection_id": str(connection.id),
                "asked": self._version,
                "answered": answered[:20],
            },
        )


@dataclass(frozen=True, slots=True)
class ShopifyCalls:
    """The calls of one attempt with one connection; each raises RefusedError for a call refused as a whole."""

    _api: ShopifyApi
    _connection: Connection
    _budget: Budget

    async def find(self, external_ids: Sequence[str], *, likely: bool) -> dict[str, Held]:
        """The companies that there are, by our id; what was written moments ago may be missing.

        Where it is not likely that there are any, their contacts are asked for afterwards, or not at all: Shopify wants
        to see the points for all that a question could find.
        """

        def document(*, with_contacts: bool) -> Document:
            return find_companies(external_ids, with_contacts=with_contacts)

        data = await self._companies("find_companies", document, with_contacts=likely)
        found = data.get("companies")
        nodes = objects(found.get("nodes") if isinstance(found, dict) else None)
        wanted = frozenset(external_ids)
        companies = [held for held in _held_in(nodes) if held.external_id in wanted]
        if companies and not likely and not self._is_faceless:
            companies = list((await self.read([each.id for each in companies])).values())
        return {each.external_id: each for each in companies}

    async def read(self, ids: Sequence[str]) -> dict[str, Held]:
        """The companies that there are, by Shopify's id."""

        def document(*, with_contacts: bool) -> Document:
            return read_companies(ids, with_contacts=with_contacts)

        data = await self._companies("read_companies", document, with_contacts=True)
        return {each.id: each for each in _held_in(objects(data.get("nodes")))}

    async def customers(self, emails: Sequence[str]) -> dict[str, str]:
        """The ids of those customers that there are, by address."""
        document = find_customers(emails)
        data = _data(await self._call("find_customers", document), judge)
        found = {email: data.get(f"a{at}") for at, email in enumerate(emails)}
        return {
            email: str(each["id"])
            for email, each in found.items()
            if isinstance(each, dict) and each.get("id")
        }

    async def look_around(self) -> Mapping[str, Any]:
        return _data(await self._call("look_around", look_around()), judge)

    async def write(self, operation: str, parts: Sequence[Part]) -> Reply:
        """Carry out the parts; what became of each is in the answer, under its alias."""
        reply = await self._call(operation, mutation(parts))
        _data(reply, judge)
        return reply

    @property
    def _is_faceless(self) -> bool:
        return self._api.faceless.get(self._connection.lane) == self._connection.version

    async def _companies(
        self, operation: str, document: Any, *, with_contacts: bool
    ) -> Mapping[str, Any]:
        """With their contacts, unless the app may not see customers."""
        if with_contacts and not self._is_faceless:
            reply = await self._call(operation, document(with_contacts=True))
            if not (reply.ok and hides_customers(reply)):
                return _data(reply, _judge_question)
            self._api.faceless[self._connection.lane] = self._connection.version
        reply = await self._call(operation, document(with_contacts=False))
        return _data(reply, _judge_question)

    async def _call(self, operation: str, document: Document) -> Reply:
        return await self._api.call(self._connection, self._budget, operation, document)


def _held_in(nodes: Sequence[Mapping[str, Any]]) -> list[Held]:
    return [held_of(each) for each in nodes if each.get("id")]


def _judge_question(reply: Reply) -> Refused | None:
    """A question that is refused is no lead's fault."""
    refused = judge(reply)
    if refused and refused.verdict is Verdict.PERMANENT and refused.status_code != _TOO_LARGE:
        return replace(refused, verdict=Verdict.CONFIGURATION, complaints=())
    return refused


_TOO_LARGE = 413


def _data(reply: Reply, judged: Any) -> Mapping[str, Any]:
    refused = judged(reply)
    if refused:
        raise RefusedError(refused)
    data = reply.content.get("data")
    return data if isinstance(data, dict) else {}

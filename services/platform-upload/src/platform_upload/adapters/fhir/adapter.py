"""Leads as FHIR R4 Organizations, by an identifier of ours. It writes no PHI: nothing of patients, read or written."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from leadstream.clock import Clock
from leadstream.http import EgressGuard
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fhir.answers import judge
from platform_upload.adapters.fhir.api import FhirApi, Request
from platform_upload.adapters.fhir.capability import Capabilities
from platform_upload.adapters.fhir.erasing import Eraser
from platform_upload.adapters.fhir.saved import check, way_of
from platform_upload.adapters.fhir.scopes import may_write
from platform_upload.adapters.fhir.tokens import FhirTokens
from platform_upload.adapters.fhir.writing import LIMIT, Writer
from platform_upload.adapters.reply import Reply
from platform_upload.application.budget import Budget
from platform_upload.application.ports import (
    Checked,
    Erased,
    Given,
    Parcel,
    Person,
    Plan,
    Trace,
)
from platform_upload.domain.answers import Answer, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.connection import Connection

# Nobody's lead.
_NOBODY = UUID(int=0)
_Found = TypeVar("_Found")


class FhirAdapter:
    name = "fhir"
    limit = LIMIT
    keeps_state = True

    def __init__(self, exchange: Exchange, guard: EgressGuard, clock: Clock) -> None:
        """`exchange` is one behind the guard: where the server is, the user says."""
        self._guard = guard
        self._api = FhirApi(exchange, FhirTokens(exchange, clock))
        self._capabilities = Capabilities(self._api, clock)

    async def check(self, given: Given, held: Connection | None) -> Checked:
        return await check(given, held, self._guard)

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        async def write(writer: Writer) -> list[Answer]:
            return await writer.write()

        return await self._with_writer(connection, parcels, budget, write)

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Refused | Untried]:
        async def plan(writer: Writer) -> list[Plan | Refused | Untried]:
            return await writer.plan()

        return await self._with_writer(connection, parcels, budget, plan)

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        capability = await self._capabilities.of(connection, budget)
        calls = self._api.bind(connection, budget, batch=False)
        return await Eraser(calls, capability, person).run(traces)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        capability = await self._capabilities.of(connection, budget, anew=True)
        token = await self._api.token(connection, budget)
        if token.scope is not None and not may_write(token.scope):
            raise RefusedError(
                Refused(
                    verdict=Verdict.CONFIGURATION,
                    code="scope",
                    message="the token that the server gives may not create and update Organization resources",
                )
            )
        await self._search(connection, budget)
        return f"FHIR {capability.fhir_version or 'R4'}: {capability.in_words}; the credentials may search them"

    async def _search(self, connection: Connection, budget: Budget) -> None:
        calls = self._api.bind(connection, budget, batch=False)
        query = way_of(connection).query(_NOBODY)
        (said,) = await calls.run([Request(method="GET", url=f"Organization?{query}")])
        refused = judge(said) if isinstance(said, Reply) else said
        if isinstance(refused, Refused):
            raise RefusedError(refused)

    async def _with_writer(
        self,
        connection: Connection,
        parcels: Sequence[Parcel],
        budget: Budget,
        use: Callable[[Writer], Awaitable[list[_Found]]],
    ) -> list[_Found]:
        capability = await self._capabilities.of(connection, budget)
        calls = self._api.bind(connection, budget, batch=capability.batch)
        try:
            found = await use(Writer.of(calls, capability, parcels))
        except RefusedError as exc:
            self._learn(connection, exc.refused)
            raise
        for each in found:
            self._learn(connection, each)
        return found

    def _learn(self, connection: Connection, said: object) -> None:
        """A server that refuses what it said it could is asked again before the next attempt."""
        if isinstance(said, Refused) and said.verdict is Verdict.CONFIGURATION:
            self._capabilities.forget(connection)

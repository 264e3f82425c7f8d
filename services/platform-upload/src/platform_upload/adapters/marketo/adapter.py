"""Leads as Marketo leads, by address or by a field of their own."""

from collections.abc import Sequence

from leadstream.http import EgressGuard
from platform_upload.adapters.fields import key, no_other, on_update, parts
from platform_upload.adapters.marketo.api import BATCH, MarketoApi
from platform_upload.adapters.marketo.erasing import erase_person
from platform_upload.adapters.marketo.instance import (
    check_lookup_field,
    check_munchkin,
    check_partition,
    terms_of,
)
from platform_upload.adapters.marketo.leads import plan_leads, write_leads
from platform_upload.adapters.marketo.mapping import FIELDS
from platform_upload.adapters.marketo.probing import probe_instance
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import (
    Checked,
    Erased,
    Given,
    Parcel,
    Person,
    Plan,
    Trace,
)
from platform_upload.domain.answers import Answer, Refused, Untried
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection


class MarketoAdapter:
    name = "marketo"
    limit = BatchLimit(items=BATCH, size_bytes=1_000_000)
    keeps_state = True

    def __init__(self, api: MarketoApi, guard: EgressGuard) -> None:
        self._api = api
        self._guard = guard

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, {"munchkin", "on_update", "lookup_field", "partition"}, "settings")
        no_other(credentials, {"client_id", "client_secret"}, "credentials")
        names = ("client_id", "client_secret")
        return Checked(
            {
                "munchkin": check_munchkin(settings, self._guard),
                **check_lookup_field(settings, frozenset(FIELDS)),
                **check_partition(settings),
                **on_update(settings),
            },
            {name: key(credentials, name) for name in names},
        )

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls = self._api.bind(connection, budget)
        return await write_leads(calls, parcels, terms_of(connection), connection.on_update)

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Refused | Untried]:
        calls = self._api.bind(connection, budget)
        try:
            return await plan_leads(calls, parcels, terms_of(connection), connection.on_update)
        except SpentError:
            return [Untried()] * len(parcels)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        return await probe_instance(self._api.bind(connection, budget), terms_of(connection))

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        calls = self._api.bind(connection, budget)
        return await erase_person(calls, person, traces, terms_of(connection))

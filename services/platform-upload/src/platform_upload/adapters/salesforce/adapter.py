"""Leads as Salesforce Leads, by external id."""

from collections.abc import Sequence

from leadstream.clock import Clock
from leadstream.http import EgressGuard
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fields import key, no_other, on_update, parts
from platform_upload.adapters.salesforce.api import SalesforceApi
from platform_upload.adapters.salesforce.described import check_org
from platform_upload.adapters.salesforce.erasing import erase_person
from platform_upload.adapters.salesforce.layout import check_layout, layout_of
from platform_upload.adapters.salesforce.leads import preview_leads, write_leads
from platform_upload.adapters.salesforce.sessions import Sessions, check_settings
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
from platform_upload.domain.answers import Answer
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection

_SETTINGS = frozenset(
    {"my_domain", "login_url", "on_update", "profile", "contacts", "fields", "owner"}
    | {"assignment_rule"}
)


class SalesforceAdapter:
    name = "salesforce"
    limit = BatchLimit(items=200, size_bytes=2_000_000)
    keeps_state = True

    def __init__(
        self, exchange: Exchange, guard: EgressGuard, clock: Clock, *, api_version: str
    ) -> None:
        self._guard = guard
        self._api = SalesforceApi(exchange, Sessions(exchange, guard, clock), version=api_version)

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, _SETTINGS, "settings")
        no_other(credentials, {"client_id", "client_secret"}, "credentials")
        names = ("client_id", "client_secret")
        return Checked(
            {
                **check_settings(settings, self._guard),
                **on_update(settings),
                **check_layout(settings),
            },
            {name: key(credentials, name) for name in names},
        )

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls, layout = self._api.bind(connection, budget), layout_of(connection.settings)
        return await write_leads(calls, parcels, connection.on_update, layout)

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan]:
        calls, layout = self._api.bind(connection, budget), layout_of(connection.settings)
        return await preview_leads(calls, parcels, connection.on_update, layout)

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        calls, layout = self._api.bind(connection, budget), layout_of(connection.settings)
        return await erase_person(calls, person, traces, layout)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        return await check_org(self._api.bind(connection, budget), connection.settings)

"""Leads as Salesforce Leads, by external id."""

from collections.abc import Sequence

from leadstream.http import EgressGuard
from platform_upload.adapters.exchange import Exchange
from platform_upload.adapters.fields import key, no_other, on_update, parts
from platform_upload.adapters.salesforce.api import SalesforceApi
from platform_upload.adapters.salesforce.erase import erase_person
from platform_upload.adapters.salesforce.leads import write_leads
from platform_upload.adapters.salesforce.mapping import EXTERNAL_ID
from platform_upload.adapters.salesforce.sessions import Sessions, check_settings
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Checked, Erased, Given, Parcel, Person, Trace
from platform_upload.domain.answers import Answer, Refused, RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection


class SalesforceAdapter:
    name = "salesforce"
    limit = BatchLimit(items=200, size_bytes=2_000_000)
    keeps_state = True

    def __init__(self, exchange: Exchange, guard: EgressGuard, *, api_version: str) -> None:
        self._guard = guard
        self._api = SalesforceApi(exchange, Sessions(exchange, guard), version=api_version)

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, {"my_domain", "login_url", "on_update"}, "settings")
        no_other(credentials, {"client_id", "client_secret"}, "credentials")
        names = ("client_id", "client_secret")
        return Checked(
            {**check_settings(settings, self._guard), **on_update(settings)},
            {name: key(credentials, name) for name in names},
        )

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        return await write_leads(self._api.bind(connection, budget), parcels, connection.on_update)

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        return await erase_person(self._api.bind(connection, budget), person, traces)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        described = await self._api.bind(connection, budget).describe()
        fields = {each.get("name"): each for each in described.get("fields") or ()}
        ours = fields.get(EXTERNAL_ID)
        if not ours or not ours.get("externalId") or not ours.get("unique"):
            refused = Refused(
                verdict=Verdict.CONFIGURATION,
                code="INVALID_FIELD",
                message=f"Lead needs the field {EXTERNAL_ID}, unique and an external id",
            )
            raise RefusedError(refused)
        return f"Salesforce takes the credentials; Lead has the field {EXTERNAL_ID}"

"""Leads as HubSpot companies, with their people as contacts."""

from collections.abc import Sequence
from dataclasses import replace

from platform_upload.adapters.fields import key, no_other, parts
from platform_upload.adapters.hubspot.answers import PROPERTY_MISSING
from platform_upload.adapters.hubspot.api import HubspotApi, HubspotCalls
from platform_upload.adapters.hubspot.companies import write_companies
from platform_upload.adapters.hubspot.contacts import write_contacts
from platform_upload.adapters.hubspot.mapping import LEAD_ID
from platform_upload.adapters.hubspot.properties import Properties
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Checked, Given, Parcel
from platform_upload.domain.answers import Accepted, Answer, Refused, RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection


class HubspotAdapter:
    name = "hubspot"
    limit = BatchLimit(items=100, size_bytes=2_000_000)
    keeps_state = True

    def __init__(self, api: HubspotApi) -> None:
        self._api = api
        self._properties = Properties()

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, set(), "settings")
        no_other(credentials, {"access_token"}, "credentials")
        return Checked({}, {"access_token": key(credentials, "access_token")})

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls = self._api.bind(connection, budget)
        await self._properties.ensure(calls, connection)
        try:
            return await _write(calls, parcels)
        except RefusedError as exc:
            if exc.refused.code != PROPERTY_MISSING:
                raise
        # Somebody has deleted one since we looked: put it back, and try once more.
        self._properties.forget(connection)
        await self._properties.ensure(calls, connection)
        return await _write(calls, parcels)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        calls = self._api.bind(connection, budget)
        if await calls.property_of_companies("name") is None:
            refused = Refused(
                verdict=Verdict.CONFIGURATION,
                code="http_404",
                message="HubSpot does not know this version of its API, or has no companies",
                status_code=404,
            )
            raise RefusedError(refused)
        if await calls.property_of_companies(LEAD_ID) is None:
            return "HubSpot takes the token; our properties will be made with the first upload"
        return "HubSpot takes the token; our properties are there"


async def _write(calls: HubspotCalls, parcels: Sequence[Parcel]) -> Sequence[Answer]:
    leads = [parcel.lead for parcel in parcels]
    answers = await write_companies(calls, leads)
    companies = {
        lead_id: answer.external_id
        for lead_id, answer in answers.items()
        if isinstance(answer, Accepted) and answer.external_id
    }
    accepted = [lead for lead in leads if lead.id in companies]
    notes = await write_contacts(calls, companies, accepted)
    return [_with_note(answers[lead.id], notes.get(lead.id)) for lead in leads]


def _with_note(answer: Answer, note: str | None) -> Answer:
    return replace(answer, note=note) if note and isinstance(answer, Accepted) else answer

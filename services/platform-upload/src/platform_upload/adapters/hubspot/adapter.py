"""Leads as HubSpot companies, with their people as contacts."""

from collections.abc import Sequence
from dataclasses import replace

from platform_upload.adapters.fields import key, no_other, on_update, parts
from platform_upload.adapters.hubspot.api import HubspotApi, HubspotCalls
from platform_upload.adapters.hubspot.companies import write_companies
from platform_upload.adapters.hubspot.complaints import PROPERTY_MISSING
from platform_upload.adapters.hubspot.contacts import People, write_contacts
from platform_upload.adapters.hubspot.described import check_account
from platform_upload.adapters.hubspot.erasing import erase_person
from platform_upload.adapters.hubspot.layout import LEAD_ID, check_layout, layout_of
from platform_upload.adapters.hubspot.plans import preview_leads
from platform_upload.adapters.hubspot.properties import Properties
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
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    Verdict,
)
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
        no_other(settings, {"on_update", "fields", "owner"}, "settings")
        no_other(credentials, {"access_token"}, "credentials")
        token = key(credentials, "access_token")
        return Checked({**on_update(settings), **check_layout(settings)}, {"access_token": token})

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls = self._api.bind(connection, budget)
        await self._properties.ensure(calls, connection)
        answers = await _write(calls, connection, parcels)
        if not any(map(_lacks_property, answers)):
            return answers
        # Somebody has deleted one since we looked: put it back, and try once more.
        self._properties.forget(connection)
        await self._properties.ensure(calls, connection)
        return await _write(calls, connection, parcels)

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Untried]:
        calls = self._api.bind(connection, budget)
        layout = layout_of(connection.settings)
        return await preview_leads(calls, parcels, connection.on_update, budget, layout)

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        return await erase_person(self._api.bind(connection, budget), person, traces)

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
        made = await calls.property_of_companies(LEAD_ID) is not None
        unseen = await check_account(calls, connection.settings)
        ours = "are there" if made else "will be made with the first upload"
        found = f"HubSpot takes the token; our properties {ours}"
        return f"{found}; {unseen} may not be looked at" if unseen else found


def _lacks_property(answer: Answer) -> bool:
    return isinstance(answer, Refused) and answer.code == PROPERTY_MISSING


async def _write(
    calls: HubspotCalls, connection: Connection, parcels: Sequence[Parcel]
) -> Sequence[Answer]:
    layout = layout_of(connection.settings)
    try:
        answers = await write_companies(calls, parcels, connection.on_update, layout)
    except RefusedError as exc:
        return [exc.refused] * len(parcels)
    companies = {
        lead_id: answer.external_id
        for lead_id, answer in answers.items()
        if isinstance(answer, Accepted) and answer.external_id
    }
    accepted = [parcel for parcel in parcels if parcel.lead.id in companies]
    people = await write_contacts(calls, companies, accepted, connection.on_update, layout)
    return [with_people(answers[p.lead.id], people.get(p.lead.id)) for p in parcels]


def with_people(answer: Answer, people: People | None) -> Answer:
    if people is None or not isinstance(answer, Accepted):
        return answer
    return replace(
        answer,
        note=people.note,
        adjustments=(*answer.adjustments, *people.adjustments),
        written={**answer.written, **people.written},
        unfinished=people.problem if people.is_passing else None,
    )

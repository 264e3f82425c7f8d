"""Contacts of companies that were written without them: nothing else of the lead goes out again."""

from collections.abc import Sequence

from platform_upload.adapters.hubspot.adapter import HubspotAdapter, with_people
from platform_upload.adapters.hubspot.api import HubspotApi
from platform_upload.adapters.hubspot.contacts import write_contacts
from platform_upload.adapters.hubspot.layout import layout_of
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer
from platform_upload.domain.connection import Connection


class HubspotLatecomers:
    """An `Uploader` for HubSpot's connections."""

    name = HubspotAdapter.name
    limit = HubspotAdapter.limit
    keeps_state = True

    def __init__(self, api: HubspotApi) -> None:
        self._api = api

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls = self._api.bind(connection, budget)
        companies = {p.lead.id: p.external_id for p in parcels if p.external_id}
        layout = layout_of(connection.settings)
        people = await write_contacts(calls, companies, parcels, connection.on_update, layout)
        answers = [with_people(Accepted(), people[parcel.lead.id]) for parcel in parcels]
        return [_as_refusal(answer) for answer in answers]


def _as_refusal(answer: Answer) -> Answer:
    """Here the contacts are all there is: what keeps them away is the answer."""
    if isinstance(answer, Accepted) and answer.unfinished:
        return answer.unfinished
    return answer

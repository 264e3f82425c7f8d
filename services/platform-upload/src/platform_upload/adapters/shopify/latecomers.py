"""Contacts of companies that were written without them: nothing else of the lead goes out again."""

from collections.abc import Sequence

from platform_upload.adapters.shopify.adapter import ShopifyAdapter
from platform_upload.adapters.shopify.api import ShopifyApi
from platform_upload.adapters.shopify.contacts import Place, with_person, write_contacts
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer
from platform_upload.domain.connection import Connection


class ShopifyLatecomers:
    """An `Uploader` for Shopify's connections."""

    name = ShopifyAdapter.name
    limit = ShopifyAdapter.limit
    keeps_state = True

    def __init__(self, api: ShopifyApi) -> None:
        self._api = api

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls = self._api.bind(connection, budget)
        held = await calls.read([p.external_id for p in parcels if p.external_id])
        places = {
            parcel.lead.id: Place(parcel.external_id, held[parcel.external_id])
            for parcel in parcels
            if parcel.external_id in held and parcel.external_id is not None
        }
        people = await write_contacts(calls, parcels, places, connection.on_update)
        answers = [with_person(Accepted(), people.get(parcel.lead.id)) for parcel in parcels]
        return [_as_refusal(answer) for answer in answers]


def _as_refusal(answer: Answer) -> Answer:
    """Here the contact is all there is: what keeps it away is the answer."""
    if isinstance(answer, Accepted) and answer.unfinished:
        return answer.unfinished
    return answer

"""Leads as companies of a shop, with one person as their contact."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from leadstream.http import EgressGuard
from platform_upload.adapters.fields import no_other, on_update, parts
from platform_upload.adapters.shopify.answers import objects
from platform_upload.adapters.shopify.api import NO_POINTS, ShopifyApi
from platform_upload.adapters.shopify.companies import company_update, write_companies
from platform_upload.adapters.shopify.contacts import (
    contact_update,
    place_of,
    with_person,
    write_contacts,
)
from platform_upload.adapters.shopify.documents import AT_ONCE
from platform_upload.adapters.shopify.erasing import erase_person
from platform_upload.adapters.shopify.held import Held
from platform_upload.adapters.shopify.mapping import buyer, company_draft
from platform_upload.adapters.shopify.shops import check_shop
from platform_upload.adapters.shopify.tokens import check_credentials
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Checked, Erased, Given, Parcel, Person, Plan, Trace
from platform_upload.domain.answers import Answer, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection
from platform_upload.domain.gaps import OnUpdate

# Either is enough to write companies.
WRITE_SCOPES = ("write_companies", "write_customers")


class ShopifyAdapter:
    name = "shopify"
    limit = BatchLimit(items=AT_ONCE, size_bytes=500_000)
    keeps_state = True

    def __init__(self, api: ShopifyApi, guard: EgressGuard) -> None:
        self._api = api
        self._guard = guard

    async def check(self, given: Given, held: Connection | None) -> Checked:
        settings, credentials = parts(given, held)
        no_other(settings, {"shop", "on_update"}, "settings")
        return Checked(
            {"shop": check_shop(settings, self._guard), **on_update(settings)},
            check_credentials(credentials),
        )

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        calls = self._api.bind(connection, budget)
        written = await write_companies(calls, parcels, connection.on_update)
        found = ((parcel.lead.id, place_of(written[parcel.lead.id])) for parcel in parcels)
        places = {lead_id: place for lead_id, place in found if place}
        people = await write_contacts(calls, parcels, places, connection.on_update)
        return [with_person(written[p.lead.id].answer, people.get(p.lead.id)) for p in parcels]

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Refused | Untried]:
        calls = self._api.bind(connection, budget)
        plans: list[Plan] = []
        for start in range(0, len(parcels), AT_ONCE):
            some = parcels[start : start + AT_ONCE]
            with _out_of_time():
                held = await calls.find([str(parcel.lead.id) for parcel in some], likely=True)
            plans += [_plan(p, held.get(str(p.lead.id)), connection.on_update) for p in some]
        return plans

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        with _out_of_time():
            return await erase_person(self._api.bind(connection, budget), person, traces)

    async def probe(self, connection: Connection, budget: Budget) -> str:
        data = await self._api.bind(connection, budget).look_around()
        shop, app = data.get("shop"), data.get("currentAppInstallation")
        scopes = objects(app.get("accessScopes") if isinstance(app, dict) else None)
        handles = {each.get("handle") for each in scopes}
        if handles.isdisjoint(WRITE_SCOPES):
            refused = Refused(
                verdict=Verdict.CONFIGURATION,
                code="ACCESS_DENIED",
                message=f"the app has none of the scopes {', '.join(WRITE_SCOPES)}",
            )
            raise RefusedError(refused)
        name = shop.get("name") if isinstance(shop, dict) else None
        return f"Shopify takes the credentials; {name or 'the shop'} has companies"


@contextmanager
def _out_of_time() -> Iterator[None]:
    """Where nothing waits for its turn, a turn that did not come is time that ran out."""
    try:
        yield
    except RefusedError as exc:
        if exc.refused is NO_POINTS:
            raise SpentError from exc
        raise


def _plan(parcel: Parcel, held: Held | None, how: OnUpdate) -> Plan:
    if held is None:
        draft = company_draft(parcel.lead)
        made = {name: (None, value) for name, value in draft.fields.items()}
        return Plan(changes=made, adjustments=draft.adjustments)
    company = company_update(parcel, held, how)
    changed = {name: (held.fields.get(name), value) for name, value in company.fields.items()}
    contact = contact_update(parcel, held, how)
    adjustments = company.adjustments
    if contact is not None:
        person = buyer(parcel.lead)
        there = held.contact_of(person.email) if person and person.email else None
        was = there.fields if there else {}
        changed |= {name: (was.get(name), value) for name, value in contact.fields.items()}
        adjustments += contact.adjustments
    return Plan(external_id=held.id, changes=changed, adjustments=adjustments)

"""What an upload would write: read with at most one call a lead, however many records belong to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any
from uuid import UUID

from platform_upload.adapters.hubspot.api import BATCH, HubspotCalls
from platform_upload.adapters.hubspot.companies import (
    Match,
    assigned_to,
    draft_for,
    find_by_domain,
    find_by_id,
    one_per_domain,
)
from platform_upload.adapters.hubspot.complaints import PROPERTY_MISSING
from platform_upload.adapters.hubspot.contacts import (
    Owners,
    drafts_of,
    is_as_written,
    owners_of,
    read_contacts,
)
from platform_upload.adapters.hubspot.forms import company_form
from platform_upload.adapters.hubspot.layout import Layout
from platform_upload.adapters.hubspot.records import properties_of
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Parcel, Plan
from platform_upload.domain.answers import RefusedError, Untried
from platform_upload.domain.field_map import Kind
from platform_upload.domain.gaps import OnUpdate, differences


async def preview_leads(
    calls: HubspotCalls,
    parcels: Sequence[Parcel],
    on_update: OnUpdate,
    budget: Budget,
    layout: Layout,
) -> list[Plan | Untried]:
    """A lead that is to wait for another of its domain is Untried, as it is when they are uploaded together."""
    alone, _ = one_per_domain(parcels)
    reads = _Reads(len(alone), budget)
    matches = await _find(calls, alone, reads, layout)
    plans = {
        parcel.lead.id: _plan(parcel, matches.get(parcel.lead.id), on_update, layout)
        for parcel in alone
    }
    owners = owners_of(alone)
    held = await _held(calls, owners, reads, layout)
    if held is None:
        plans = {
            parcel.lead.id: _with_note(plans[parcel.lead.id], parcel, layout) for parcel in alone
        }
    else:
        plans = _with_contacts(plans, alone, owners, held, on_update, layout)
    return [plans.get(parcel.lead.id, Untried()) for parcel in parcels]


class _Reads:
    """Counts the calls of one preview."""

    def __init__(self, most: int, budget: Budget) -> None:
        self._budget = budget
        self._end = budget.spent + most

    def allow(self, count: int) -> bool:
        return self._budget.spent + count <= self._end


async def _find(
    calls: HubspotCalls, parcels: Sequence[Parcel], reads: _Reads, layout: Layout
) -> Mapping[UUID, Match]:
    """As an upload finds them, but for our own id only where there can be one."""
    known = [parcel.lead for parcel in parcels if parcel.known]
    matches: Mapping[UUID, Match] = {}
    if known:
        try:
            matches = await find_by_id(calls, known, layout)
        except RefusedError as exc:
            # An upload makes the property; until then nothing there has an id of ours.
            if exc.refused.code != PROPERTY_MISSING:
                raise
    if reads.allow(1):
        matches = await find_by_domain(calls, [p.lead for p in parcels], matches, layout)
    return matches


async def _held(
    calls: HubspotCalls, owners: Owners, reads: _Reads, layout: Layout
) -> Mapping[str, Mapping[str, Any]] | None:
    """The contacts that are there, by address; None where they can't be looked at: that never costs a company."""
    if not reads.allow(ceil(len(owners) / BATCH)):
        return None
    try:
        return await read_contacts(calls, owners, layout) if owners else {}
    except (RefusedError, SpentError):
        return None


def _plan(parcel: Parcel, match: Match | None, on_update: OnUpdate, layout: Layout) -> Plan:
    draft = draft_for(parcel, match, on_update, layout)
    written = {**draft.fields, **({} if match else assigned_to(layout))}
    numbers = layout.company.of_kind(Kind.NUMBER)
    return Plan(
        external_id=match.id if match else None,
        changes=differences(match.properties if match else {}, written, numbers=numbers),
        adjustments=company_form(layout).told(draft.adjustments),
    )


def _with_contacts(
    plans: Mapping[UUID, Plan],
    parcels: Sequence[Parcel],
    owners: Owners,
    held: Mapping[str, Mapping[str, Any]],
    on_update: OnUpdate,
    layout: Layout,
) -> dict[UUID, Plan]:
    """A contact is called by its place among those of its lead: its address would name somebody."""
    drafts = {draft.key: draft for draft in drafts_of(owners, held, on_update, layout)}
    planned = dict(plans)
    for parcel in parcels:
        changes = dict(planned[parcel.lead.id].changes)
        for place, contact in enumerate(parcel.lead.people, start=1):
            email = (contact.email or "").casefold()
            if email not in owners or owners[email][0] is not parcel:
                continue
            there = properties_of(held[email]) if email in held else {}
            differing = differences(there, drafts[email].fields)
            changes |= {f"contact[{place}].{name}": pair for name, pair in differing.items()}
        planned[parcel.lead.id] = replace(planned[parcel.lead.id], changes=changes)
    return planned


def _with_note(plan: Plan, parcel: Parcel, layout: Layout) -> Plan:
    unseen = [
        each
        for each in parcel.lead.people
        if each.email and not is_as_written(parcel, each, layout)
    ]
    if not unseen:
        return plan
    note = f"contacts that are looked for by their address when the lead goes out: {len(unseen)}"
    return replace(plan, note=note)

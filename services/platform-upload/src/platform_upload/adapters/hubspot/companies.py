"""Writes companies: ours by our own unique property, those that were there before by theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.forms import company_form
from platform_upload.adapters.hubspot.layout import LEAD_ID, OWNER, PLAIN, Layout
from platform_upload.adapters.hubspot.mapping import company_facts, company_intent
from platform_upload.adapters.hubspot.records import properties_of, update, upsert
from platform_upload.application.hand_over import Sent
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer, Untried
from platform_upload.domain.drafts import Draft
from platform_upload.domain.field_map import Kind
from platform_upload.domain.gaps import OnUpdate, changes, digests
from platform_upload.domain.lead import Lead


@dataclass(frozen=True, slots=True)
class Match:
    """A company that the account has already."""

    id: str
    properties: Mapping[str, Any]

    @property
    def lead_id(self) -> str | None:
        return self.properties.get(LEAD_ID) or None

    @property
    def domain(self) -> str:
        return str(self.properties.get("domain") or "").casefold()


async def write_companies(
    calls: HubspotCalls,
    parcels: Sequence[Parcel],
    on_update: OnUpdate,
    layout: Layout,
) -> dict[UUID, Answer]:
    """Upsert the leads' companies, without a second record for one that is there under its domain.

    HubSpot itself does not tell companies of one domain apart from each other, hence the look before the write.
    """
    alone, shared = one_per_domain(parcels)
    answers: dict[UUID, Answer] = {parcel.lead.id: Untried() for parcel in shared}
    matches = await _find(calls, [parcel.lead for parcel in alone], layout)
    new = [parcel for parcel in alone if parcel.lead.id not in matches]
    known = [parcel for parcel in alone if parcel.lead.id in matches]
    form = company_form(layout)
    made = await upsert(
        calls,
        "companies",
        [draft_for(parcel, None, on_update, layout) for parcel in new],
        by=LEAD_ID,
        form=form,
        assigned=assigned_to(layout),
    )
    answers |= _answers(new, made, layout)
    changed = await update(
        calls,
        "companies",
        [draft_for(p, matches[p.lead.id], on_update, layout) for p in known],
        ids={str(lead_id): match.id for lead_id, match in matches.items()},
        form=form,
    )
    return answers | _answers(known, changed, layout)


def draft_for(
    parcel: Parcel, match: Match | None, on_update: OnUpdate, layout: Layout = PLAIN
) -> Draft:
    """The company as it goes out."""
    if match is None:
        return company_draft(parcel.lead, layout)
    return company_update(parcel, match, on_update, layout)


def assigned_to(layout: Layout) -> dict[str, str]:
    """Whose a company is that is made."""
    return {OWNER: layout.owner} if layout.owner else {}


def company_draft(lead: Lead, layout: Layout = PLAIN) -> Draft:
    own = {LEAD_ID: str(lead.id)}
    known = {**company_facts(lead, layout), **company_intent(lead, layout)}
    return Draft(key=str(lead.id), fields={**own, **known})


def company_update(
    parcel: Parcel, match: Match, on_update: OnUpdate, layout: Layout = PLAIN
) -> Draft:
    """What it says of itself stays, unless that is still what we have said."""
    lead = parcel.lead
    facts = changes(
        company_facts(lead, layout),
        match.properties,
        parcel.written,
        lead=lead.id,
        on_update=on_update,
        numbers=layout.company.of_kind(Kind.NUMBER),
    )
    own = {LEAD_ID: str(lead.id)} if match.lead_id is None else {}
    return Draft(key=str(lead.id), fields={**own, **facts, **company_intent(lead, layout)})


def _answers(parcels: Sequence[Parcel], sent: Sequence[Sent], layout: Layout) -> dict[UUID, Answer]:
    return {
        parcel.lead.id: _noted(parcel, each, layout)
        for parcel, each in zip(parcels, sent, strict=True)
    }


def _noted(parcel: Parcel, sent: Sent, layout: Layout) -> Answer:
    if not isinstance(sent.answer, Accepted):
        return sent.answer
    numbers = layout.company.of_kind(Kind.NUMBER)
    told = digests(parcel.lead.id, sent.draft.fields, numbers=numbers)
    written = {**parcel.written, **told}
    return replace(sent.answer, adjustments=sent.draft.adjustments, written=written)


def one_per_domain(parcels: Sequence[Parcel]) -> tuple[list[Parcel], list[Parcel]]:
    """Two new leads of one domain in one batch would make two companies: the second has to wait for the first."""
    alone: dict[str, Parcel] = {}
    shared = []
    for parcel in parcels:
        key = (parcel.lead.domain or str(parcel.lead.id)).casefold()
        if key in alone:
            shared.append(parcel)
        else:
            alone[key] = parcel
    return list(alone.values()), shared


async def _find(calls: HubspotCalls, leads: Sequence[Lead], layout: Layout) -> dict[UUID, Match]:
    """What the account has of the leads: under our own id, or else under the company's domain."""
    matches = await find_by_id(calls, leads, layout)
    return await find_by_domain(calls, leads, matches, layout)


async def find_by_id(
    calls: HubspotCalls, leads: Sequence[Lead], layout: Layout
) -> dict[UUID, Match]:
    read = await calls.read("companies", LEAD_ID, [str(lead.id) for lead in leads], _shown(layout))
    own = {str(match.lead_id): match for match in map(_match, read)}
    return {lead.id: own[str(lead.id)] for lead in leads if str(lead.id) in own}


async def find_by_domain(
    calls: HubspotCalls, leads: Sequence[Lead], known: Mapping[UUID, Match], layout: Layout
) -> dict[UUID, Match]:
    """What is known, and what the account has under the domains of the other leads."""
    matches = dict(known)
    wanted = {
        lead.domain.casefold(): lead for lead in leads if lead.domain and lead.id not in matches
    }
    if not wanted:
        return matches
    found = await calls.search_companies("domain", sorted(wanted), _shown(layout))
    taken = {match.id for match in matches.values()}
    for match in sorted(map(_match, found), key=lambda match: match.lead_id is not None):
        # One that nobody of ours has goes before one that another lead has.
        lead = wanted.get(match.domain)
        if lead and match.id not in taken:
            matches[lead.id] = match
            taken.add(match.id)
            del wanted[match.domain]
    return matches


def _match(record: Mapping[str, Any]) -> Match:
    return Match(str(record["id"]), properties_of(record))


def _shown(layout: Layout) -> list[str]:
    """All that may be written; intent is written whatever is there, and a preview says what that was."""
    return [LEAD_ID, *layout.company.names.values()]

"""Writes companies: ours by our own unique property, those that were there before by theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.forms import COMPANY
from platform_upload.adapters.hubspot.mapping import (
    INTENT_SCORE,
    LEAD_ID,
    TOP_SIGNALS,
    company_facts,
    company_intent,
)
from platform_upload.adapters.hubspot.records import properties_of, update, upsert
from platform_upload.application.hand_over import Sent
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer, Untried
from platform_upload.domain.drafts import Draft
from platform_upload.domain.gaps import OnUpdate, changes, digests
from platform_upload.domain.lead import Lead

_FACTS = (
    "name",
    "domain",
    "industry",
    "numberofemployees",
    "annualrevenue",
    "city",
    "state",
    "country",
)
# Intent is written whatever is there; a preview says what that was.
_SHOWN = (LEAD_ID, INTENT_SCORE, TOP_SIGNALS, *_FACTS)


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
    calls: HubspotCalls, parcels: Sequence[Parcel], on_update: OnUpdate
) -> dict[UUID, Answer]:
    """Upsert the leads' companies, without a second record for one that is there under its domain.

    HubSpot itself does not tell companies of one domain apart from each other, hence the look before the write.
    """
    alone, shared = one_per_domain(parcels)
    answers: dict[UUID, Answer] = {parcel.lead.id: Untried() for parcel in shared}
    matches = await _find(calls, [parcel.lead for parcel in alone])
    new = [parcel for parcel in alone if parcel.lead.id not in matches]
    known = [parcel for parcel in alone if parcel.lead.id in matches]
    whole = [draft_for(parcel, None, on_update) for parcel in new]
    made = await upsert(calls, "companies", whole, by=LEAD_ID, form=COMPANY)
    answers |= _answers(new, made)
    changed = await update(
        calls,
        "companies",
        [draft_for(p, matches[p.lead.id], on_update) for p in known],
        ids={str(lead_id): match.id for lead_id, match in matches.items()},
        form=COMPANY,
    )
    return answers | _answers(known, changed)


def draft_for(parcel: Parcel, match: Match | None, on_update: OnUpdate) -> Draft:
    """The company as it goes out."""
    if match is None:
        return company_draft(parcel.lead)
    return company_update(parcel, match, on_update)


def company_draft(lead: Lead) -> Draft:
    own = {LEAD_ID: str(lead.id)}
    return Draft(key=str(lead.id), fields={**own, **company_facts(lead), **company_intent(lead)})


def company_update(parcel: Parcel, match: Match, on_update: OnUpdate) -> Draft:
    """What it says of itself stays, unless that is still what we have said."""
    lead = parcel.lead
    facts = changes(
        company_facts(lead), match.properties, parcel.written, lead=lead.id, on_update=on_update
    )
    own = {LEAD_ID: str(lead.id)} if match.lead_id is None else {}
    return Draft(key=str(lead.id), fields={**own, **facts, **company_intent(lead)})


def _answers(parcels: Sequence[Parcel], sent: Sequence[Sent]) -> dict[UUID, Answer]:
    return {
        parcel.lead.id: _noted(parcel, each) for parcel, each in zip(parcels, sent, strict=True)
    }


def _noted(parcel: Parcel, sent: Sent) -> Answer:
    if not isinstance(sent.answer, Accepted):
        return sent.answer
    written = {**parcel.written, **digests(parcel.lead.id, sent.draft.fields)}
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


async def _find(calls: HubspotCalls, leads: Sequence[Lead]) -> dict[UUID, Match]:
    """What the account has of the leads: under our own id, or else under the company's domain."""
    matches = await find_by_id(calls, leads)
    return await find_by_domain(calls, leads, matches)


async def find_by_id(calls: HubspotCalls, leads: Sequence[Lead]) -> dict[UUID, Match]:
    read = await calls.read("companies", LEAD_ID, [str(lead.id) for lead in leads], _SHOWN)
    own = {str(match.lead_id): match for match in map(_match, read)}
    return {lead.id: own[str(lead.id)] for lead in leads if str(lead.id) in own}


async def find_by_domain(
    calls: HubspotCalls, leads: Sequence[Lead], known: Mapping[UUID, Match]
) -> dict[UUID, Match]:
    """What is known, and what the account has under the domains of the other leads."""
    matches = dict(known)
    wanted = {
        lead.domain.casefold(): lead for lead in leads if lead.domain and lead.id not in matches
    }
    if not wanted:
        return matches
    found = await calls.search_companies("domain", sorted(wanted), _SHOWN)
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

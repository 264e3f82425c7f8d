"""Writes companies: ours by our own unique property, those that were there before by theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from platform_upload.adapters.exchange import Reply, external_id
from platform_upload.adapters.hubspot.answers import judge_item
from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.mapping import LEAD_ID, company_facts, company_intent
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    Untried,
    UploadOutcome,
    Verdict,
)
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


@dataclass(frozen=True, slots=True)
class _Match:
    """A company that the account has already."""

    id: str
    properties: Mapping[str, Any]

    @property
    def lead_id(self) -> str | None:
        return self.properties.get(LEAD_ID) or None

    @property
    def domain(self) -> str:
        return str(self.properties.get("domain") or "").casefold()


async def write_companies(calls: HubspotCalls, leads: Sequence[Lead]) -> dict[UUID, Answer]:
    """Upsert the leads' companies, without a second record for one that is there under its domain.

    HubSpot itself does not tell companies of one domain apart from each other, hence the look before the write. What a
    company that is there already says about itself stays: only gaps are filled.
    """
    alone, shared = _one_per_domain(leads)
    answers: dict[UUID, Answer] = {lead.id: Untried() for lead in shared}
    matches = await _find(calls, alone)
    new = [lead for lead in alone if lead.id not in matches]
    known = [(lead, matches[lead.id]) for lead in alone if lead.id in matches]
    if new:
        reply = await calls.upsert("companies", [_upsert_input(lead) for lead in new])
        answers |= _read(reply, {str(lead.id): lead for lead in new}, key_of=_own_id)
    if known:
        reply = await calls.update_companies([_update_input(lead, match) for lead, match in known])
        answers |= _read(reply, {match.id: lead for lead, match in known}, key_of=_hubspot_id)
    return answers


def _one_per_domain(leads: Sequence[Lead]) -> tuple[list[Lead], list[Lead]]:
    """Two new leads of one domain in one batch would make two companies: the second has to wait for the first."""
    alone: dict[str, Lead] = {}
    shared = []
    for lead in leads:
        key = (lead.domain or str(lead.id)).casefold()
        if key in alone:
            shared.append(lead)
        else:
            alone[key] = lead
    return list(alone.values()), shared


async def _find(calls: HubspotCalls, leads: Sequence[Lead]) -> dict[UUID, _Match]:
    """What the account has of the leads: under our own id, or else under the company's domain."""
    shown = (LEAD_ID, *_FACTS)
    read = await calls.read_companies(LEAD_ID, [str(lead.id) for lead in leads], shown)
    own = {str(match.lead_id): match for match in map(_match, read)}
    matches = {lead.id: own[str(lead.id)] for lead in leads if str(lead.id) in own}
    wanted = {
        lead.domain.casefold(): lead for lead in leads if lead.domain and lead.id not in matches
    }
    if not wanted:
        return matches
    found = await calls.search_companies("domain", sorted(wanted), shown)
    taken = {match.id for match in matches.values()}
    for match in sorted(map(_match, found), key=lambda match: match.lead_id is not None):
        # One that nobody of ours has goes before one that another lead has.
        lead = wanted.get(match.domain)
        if lead and match.id not in taken:
            matches[lead.id] = match
            taken.add(match.id)
            del wanted[match.domain]
    return matches


def _match(record: Mapping[str, Any]) -> _Match:
    return _Match(str(record["id"]), record.get("properties") or {})


def _upsert_input(lead: Lead) -> Mapping[str, Any]:
    return {
        "idProperty": LEAD_ID,
        "id": str(lead.id),
        "objectWriteTraceId": str(lead.id),
        "properties": {LEAD_ID: str(lead.id), **company_facts(lead), **company_intent(lead)},
    }


def _update_input(lead: Lead, match: _Match) -> Mapping[str, Any]:
    gaps = {n: value for n, value in company_facts(lead).items() if not match.properties.get(n)}
    ours = {LEAD_ID: str(lead.id)} if match.lead_id is None else {}
    return {
        "id": match.id,
        "objectWriteTraceId": str(lead.id),
        "properties": {**ours, **gaps, **company_intent(lead)},
    }


def _own_id(result: Mapping[str, Any]) -> str:
    return str((result.get("properties") or {}).get(LEAD_ID))


def _hubspot_id(result: Mapping[str, Any]) -> str:
    return str(result.get("id"))


def _read(reply: Reply, leads: Mapping[str, Lead], *, key_of: Any) -> dict[UUID, Answer]:
    """Join results and errors to the leads: by what they carry, for their order says nothing."""
    answers: dict[UUID, Answer] = {lead.id: _unmentioned(reply) for lead in leads.values()}
    by_trace = {str(lead.id): lead for lead in leads.values()}
    for error in reply.content.get("errors") or ():
        for trace in (error.get("context") or {}).get("objectWriteTraceId") or ():
            if trace in by_trace:
                answers[by_trace[trace].id] = judge_item(error, reply)
    for result in reply.content.get("results") or ():
        lead = by_trace.get(str(result.get("objectWriteTraceId"))) or leads.get(key_of(result))
        if lead:
            answers[lead.id] = _accepted(result)
    return answers


def _accepted(result: Mapping[str, Any]) -> Accepted:
    created = result.get("new") is True
    outcome = UploadOutcome.CREATED if created else UploadOutcome.UPDATED
    return Accepted(outcome=outcome, external_id=external_id(result.get("id")))


def _unmentioned(reply: Reply) -> Refused:
    refused = reply.refused(
        Verdict.AMBIGUOUS, "unmentioned", "HubSpot's answer says nothing about this company"
    )
    return replace(refused, excerpt=None)

"""Writes the people of companies that were accepted, and links them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.mapping import contact_properties
from platform_upload.domain.answers import RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit, cut, halves
from platform_upload.domain.lead import Lead

BATCH = 100
LINKS = 2_000


async def write_contacts(
    calls: HubspotCalls, companies: Mapping[UUID, str], leads: Sequence[Lead]
) -> dict[UUID, str]:
    """Upsert contacts by e-mail address and link them to their companies, given by lead.

    Returns what did not come out whole, by lead: a contact that HubSpot refuses does not cost the company. Anything
    that may work later raises RefusedError.
    """
    wanted = {
        str(contact.email).casefold(): contact_properties(contact)
        for lead in leads
        for contact in lead.people
        if contact.email
    }
    if not wanted:
        return {}
    written = await _upsert(calls, wanted)
    links = [
        (written[email], companies[lead.id], lead.id)
        for lead in leads
        for email in _emails(lead)
        if email in written
    ]
    unlinked = await _link(calls, links)
    return _notes(leads, set(written), unlinked)


async def _upsert(calls: HubspotCalls, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """HubSpot ids by address, of those that were accepted."""
    written: dict[str, str] = {}
    pending = _batches(list(wanted))
    while pending:
        batch = pending.pop()
        try:
            reply = await calls.upsert("contacts", [_input(e, wanted[e]) for e in batch])
        except RefusedError as exc:
            if exc.refused.verdict is not Verdict.PERMANENT:
                raise
            # By e-mail address it is all or nothing: one bad address refuses the batch.
            if len(batch) > 1:
                pending.extend(halves(batch))
            continue
        for result in reply.content.get("results") or ():
            email = str((result.get("properties") or {}).get("email") or "").casefold()
            if email in wanted:
                written[email] = str(result.get("id"))
    return written


def _batches(emails: Sequence[str]) -> list[Sequence[str]]:
    return [*cut(emails, BatchLimit(items=BATCH, size_bytes=10**9), len)]


def _input(email: str, properties: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "idProperty": "email",
        "id": properties["email"],
        "objectWriteTraceId": email,
        "properties": properties,
    }


async def _link(calls: HubspotCalls, links: Sequence[tuple[str, str, UUID]]) -> set[UUID]:
    """Link contacts to companies; return the leads with a link that HubSpot refuses."""
    refused: set[UUID] = set()
    for start in range(0, len(links), LINKS):
        batch = links[start : start + LINKS]
        inputs = [{"from": {"id": a}, "to": {"id": b}} for a, b, _ in batch]
        try:
            reply = await calls.associate(inputs)
        except RefusedError as exc:
            if exc.refused.verdict is not Verdict.PERMANENT:
                raise
            refused |= {lead_id for _, _, lead_id in batch}
            continue
        made = {
            (str(result["from"]["id"]), str(result["to"]["id"]))
            for result in reply.content.get("results") or ()
        }
        refused |= {lead_id for a, b, lead_id in batch if (a, b) not in made}
    return refused


def _notes(leads: Sequence[Lead], written: set[str], unlinked: set[UUID]) -> dict[UUID, str]:
    notes = {}
    for lead in leads:
        missing = sum(email not in written for email in _emails(lead))
        parts = [f"HubSpot refused {missing} of its contacts"] if missing else []
        parts += ["contacts are not linked to the company"] if lead.id in unlinked else []
        if parts:
            notes[lead.id] = "; ".join(parts)
    return notes


def _emails(lead: Lead) -> list[str]:
    return [contact.email.casefold() for contact in lead.people if contact.email]

"""Writes the people of companies that were accepted, and links them: never at the cost of a company."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from platform_upload.adapters.hubspot.api import HubspotCalls
from platform_upload.adapters.hubspot.forms import contact_form
from platform_upload.adapters.hubspot.layout import Layout
from platform_upload.adapters.hubspot.links import link
from platform_upload.adapters.hubspot.mapping import contact_properties
from platform_upload.adapters.hubspot.records import properties_of, update, upsert
from platform_upload.adapters.strangers import NOT_THE_API
from platform_upload.application.budget import SpentError
from platform_upload.application.hand_over import Sent
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.drafts import Adjustment, Draft, Fields
from platform_upload.domain.gaps import OnUpdate, changes, digest, digests
from platform_upload.domain.lead import Contact

_NO_TIME = Refused(
    verdict=Verdict.AMBIGUOUS, code="timeout", message="there was no time left for the contacts"
)
# Contacts by address, each with the first lead that it is a contact of.
Owners: TypeAlias = Mapping[str, tuple[Parcel, Contact]]

_NEVER = frozenset({Verdict.PERMANENT, Verdict.CONFIGURATION, Verdict.DISABLE})
_NOT_OURS_TO_WRITE = 403


@dataclass(slots=True)
class People:
    """What became of one lead's contacts."""

    refused: int = 0
    unlinked: bool = False
    # Whatever was in the way of all of it.
    problem: Refused | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    @property
    def is_passing(self) -> bool:
        return self.problem is not None and not is_for_good(self.problem)

    @property
    def note(self) -> str | None:
        parts = [f"HubSpot refused {self.refused} of its contacts"] if self.refused else []
        parts += ["contacts are not linked to the company"] if self.unlinked else []
        if self.problem:
            parts.append(f"contacts are not written: {self.problem.said}")
        return "; ".join(parts) or None


def is_for_good(refused: Refused) -> bool:
    """A right that the token has not for contacts is nothing that waiting mends, and no reason to hold companies."""
    if refused.code == NOT_THE_API:
        return False
    return refused.verdict in _NEVER or refused.status_code == _NOT_OURS_TO_WRITE


async def write_contacts(
    calls: HubspotCalls,
    companies: Mapping[UUID, str],
    parcels: Sequence[Parcel],
    on_update: OnUpdate,
    layout: Layout,
) -> dict[UUID, People]:
    """Upsert contacts by e-mail address and link them to their companies, given by lead. Never raises a refusal."""
    people = {parcel.lead.id: People() for parcel in parcels}
    owners = owners_of(parcels)
    if not owners:
        return people
    try:
        sent = await _write(calls, owners, on_update, layout)
        ids = {
            each.draft.key: each.answer.external_id
            for each in sent
            if isinstance(each.answer, Accepted) and each.answer.external_id
        }
        _note(people, parcels, {each.draft.key: each for each in sent}, owners)
        pairs = [
            (ids[email], companies[parcel.lead.id], parcel.lead.id)
            for parcel in parcels
            for email in _emails(parcel)
            if email in ids
        ]
        for lead_id in await link(calls, pairs):
            people[lead_id].unlinked = True
    except RefusedError as exc:
        _blame(people, parcels, exc.refused)
    except SpentError:
        _blame(people, parcels, _NO_TIME)
    return people


def owners_of(parcels: Sequence[Parcel]) -> dict[str, tuple[Parcel, Contact]]:
    """Contacts by address, each with the first lead that it is a contact of."""
    found: dict[str, tuple[Parcel, Contact]] = {}
    for parcel in parcels:
        for contact in parcel.lead.people:
            if contact.email:
                found.setdefault(contact.email.casefold(), (parcel, contact))
    return found


async def _write(
    calls: HubspotCalls, owners: Owners, on_update: OnUpdate, layout: Layout
) -> list[Sent]:
    form = contact_form(layout)
    held = await read_contacts(calls, owners, layout)
    drafts = drafts_of(owners, held, on_update, layout)
    new = [draft for draft in drafts if draft.key not in held]
    known = [draft for draft in drafts if draft.key in held]
    made = await upsert(calls, "contacts", new, by="email", form=form)
    ids = {email: str(each["id"]) for email, each in held.items()}
    return made + await update(calls, "contacts", known, ids=ids, form=form)


async def read_contacts(
    calls: HubspotCalls, owners: Owners, layout: Layout
) -> dict[str, Mapping[str, Any]]:
    """Those that the account has, by address."""
    shown = list(layout.contact.names.values())
    read = await calls.read("contacts", "email", list(owners), shown)
    return {str(properties_of(each).get("email")).casefold(): each for each in read}


def drafts_of(
    owners: Owners,
    held: Mapping[str, Mapping[str, Any]],
    on_update: OnUpdate,
    layout: Layout,
) -> list[Draft]:
    """The contacts as they go out."""
    drafts = []
    for email, (parcel, contact) in owners.items():
        wanted = contact_properties(contact, layout)
        there = held.get(email)
        if there is not None:
            wanted = _changed(email, parcel, wanted, properties_of(there), on_update)
        drafts.append(Draft(key=email, fields=wanted))
    return drafts


def _changed(
    email: str, parcel: Parcel, wanted: Fields, held: Fields, on_update: OnUpdate
) -> dict[str, Any]:
    fields = changes(
        wanted,
        held,
        parcel.written,
        lead=parcel.lead.id,
        on_update=on_update,
        of=_of(parcel, email),
    )
    # By the address it was found: however it is written there, it is the same.
    return {name: value for name, value in fields.items() if name != "email"}


def is_as_written(parcel: Parcel, contact: Contact, layout: Layout) -> bool:
    """Whether a contact says what we wrote last, as far as we know without looking."""
    email = (contact.email or "").casefold()
    said = digests(parcel.lead.id, contact_properties(contact, layout), of=_of(parcel, email))
    return all(
        parcel.written.get(name) == value
        for name, value in said.items()
        if not name.endswith(".email")
    )


def _note(
    people: Mapping[UUID, People],
    parcels: Sequence[Parcel],
    sent: Mapping[str, Sent],
    owners: Owners,
) -> None:
    for parcel in parcels:
        found = people[parcel.lead.id]
        for email in _emails(parcel):
            answer = sent[email].answer
            if isinstance(answer, Untried):
                found.problem = found.problem or _NO_TIME
            elif isinstance(answer, Refused) and answer.verdict is Verdict.PERMANENT:
                found.refused += 1
            elif isinstance(answer, Refused):
                found.problem = found.problem or answer
            elif owners[email][0] is parcel:
                found.adjustments += sent[email].draft.adjustments
                found.written |= digests(
                    parcel.lead.id, sent[email].draft.fields, of=_of(parcel, email)
                )


def _blame(people: Mapping[UUID, People], parcels: Sequence[Parcel], refused: Refused) -> None:
    for parcel in parcels:
        if _emails(parcel):
            people[parcel.lead.id].problem = people[parcel.lead.id].problem or refused


def _emails(parcel: Parcel) -> list[str]:
    return [contact.email.casefold() for contact in parcel.lead.people if contact.email]


def _of(parcel: Parcel, email: str) -> str:
    """What tells one contact's digests from another's, without naming anybody."""
    return f"contact {digest(parcel.lead.id, 'email', email)}."

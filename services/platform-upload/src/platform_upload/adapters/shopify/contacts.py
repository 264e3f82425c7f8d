"""Writes the person of a company: never at its cost. One who is a customer of the shop already is assigned to it.

No invitation is ever sent: that is a call of its own, which we don't make.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from platform_upload.adapters.shopify.answers import EMAIL_TAKEN, judge_part, judge_user_errors
from platform_upload.adapters.shopify.answers import objects as listed
from platform_upload.adapters.shopify.api import ShopifyCalls
from platform_upload.adapters.shopify.companies import Written, only, sender
from platform_upload.adapters.shopify.documents import (
    Part,
    assign_customer,
    create_contact,
    update_contact,
)
from platform_upload.adapters.shopify.forms import CONTACT_UPDATE, NEW_CONTACT, TAKEN
from platform_upload.adapters.shopify.held import Held, HeldContact
from platform_upload.adapters.shopify.mapping import ASSIGNED, CONTACT, EMAIL, contact_draft
from platform_upload.adapters.strangers import NOT_THE_API
from platform_upload.application.budget import SpentError
from platform_upload.application.hand_over import Sent, hand_over
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.drafts import Action, Adjustment, Draft
from platform_upload.domain.gaps import OnUpdate, changes, digest, digests

_TITLE = f"{CONTACT}title"
_NO_TIME = Refused(
    verdict=Verdict.AMBIGUOUS, code="timeout", message="there was no time left for the contact"
)
_FOR_GOOD = frozenset({Verdict.PERMANENT, Verdict.CONFIGURATION, Verdict.DISABLE})
_UNSEEN = "its contact is left alone: the app may not read customers"
_UNFOUND = "its contact is a customer of the shop already, who could not be found or assigned"


@dataclass(slots=True)
class Person:
    """What became of a company's contact."""

    notes: list[str] = field(default_factory=list)
    # Whatever was in the way.
    problem: Refused | None = None
    adjustments: tuple[Adjustment, ...] = ()
    written: dict[str, str] = field(default_factory=dict)

    @property
    def is_passing(self) -> bool:
        if self.problem is None:
            return False
        return self.problem.code == NOT_THE_API or self.problem.verdict not in _FOR_GOOD

    @property
    def note(self) -> str | None:
        said = [f"its contact is not written: {self.problem.said}"] if self.problem else []
        return "; ".join([*self.notes, *said]) or None


@dataclass(frozen=True, slots=True)
class Place:
    """A lead's company, and whether its contact was refused there as a customer that is known."""

    company_id: str
    # None for one that was just made, with its contact where it could be.
    held: Held | None
    taken: bool = False


def place_of(written: Written) -> Place | None:
    """Where the contact of a company goes that was written; None where there is no company."""
    answer = written.answer
    if not isinstance(answer, Accepted) or answer.external_id is None:
        return None
    taken = any(
        each.field == EMAIL and each.said.startswith(f"{TAKEN}:") for each in answer.adjustments
    )
    return Place(answer.external_id, written.held, taken)


def contact_update(parcel: Parcel, held: Held, on_update: OnUpdate) -> Draft | None:
    """What of the contact is to be written; None for one that is as it should be, or that is not ours to write."""
    wanted = contact_draft(parcel.lead)
    if wanted is None or held.contacts is None:
        return None
    there = held.contact_of(str(wanted.fields[EMAIL])) if EMAIL in wanted.fields else None
    if there is None:
        return None if EMAIL not in wanted.fields or _was_ours(parcel, wanted) else wanted
    fields = changes(
        wanted.fields, there.fields, parcel.written, lead=parcel.lead.id, on_update=on_update
    )
    if not _was_ours(parcel, wanted):
        # A customer of before us: the name and number are their own, what they are at this company is not.
        fields = {name: value for name, value in fields.items() if name == _TITLE}
    changed = {n: v for n, v in fields.items() if n != EMAIL and v != there.fields.get(n)}
    return only(wanted, changed) if changed else None


async def write_contacts(
    calls: ShopifyCalls,
    parcels: Sequence[Parcel],
    places: Mapping[UUID, Place],
    on_update: OnUpdate,
) -> dict[UUID, Person]:
    """Bring the contacts of these leads' companies up to date. Never raises a refusal."""
    work = _Work(calls, {p.lead.id: p for p in parcels if p.lead.id in places}, places, on_update)
    try:
        await work.run()
    except RefusedError as exc:
        work.blame(exc.refused)
    except SpentError:
        work.blame(_NO_TIME)
    return work.people


@dataclass(slots=True)
class _Work:
    calls: ShopifyCalls
    parcels: Mapping[UUID, Parcel]
    places: Mapping[UUID, Place]
    on_update: OnUpdate
    people: dict[UUID, Person] = field(default_factory=dict)
    # What is not done yet.
    open: set[UUID] = field(default_factory=set)

    async def run(self) -> None:
        new: dict[UUID, Draft] = {}
        known: dict[UUID, Draft] = {}
        customers: list[UUID] = []
        for lead_id, parcel in self.parcels.items():
            self.people[lead_id] = Person()
            place = self.places[lead_id]
            if place.held is None:
                customers += [lead_id] if place.taken else []
                continue
            if place.held.contacts is None:
                self.people[lead_id].notes += [_UNSEEN] if contact_draft(parcel.lead) else []
                continue
            self.people[lead_id].written |= _as_ours(parcel, place.held)
            draft = contact_update(parcel, place.held, self.on_update)
            if draft is not None:
                (new if EMAIL in draft.fields else known)[lead_id] = draft
        self.open = {*new, *known, *customers}
        await self._update(known)
        await self._assign([*customers, *await self._create(new)])

    def blame(self, refused: Refused) -> None:
        for lead_id in self.open:
            self.people[lead_id].problem = refused

    async def _update(self, drafts: Mapping[UUID, Draft]) -> None:
        def part(draft: Draft) -> Part:
            return update_contact(self._contact(draft).id, _plain(draft))

        send = sender(
            self.calls,
            "update_contacts",
            part,
            gives="companyContact",
            outcome=UploadOutcome.UPDATED,
            of=CONTACT,
        )
        sent = await hand_over(list(drafts.values()), send, CONTACT_UPDATE)
        for each in sent:
            self._note(UUID(each.draft.key), each)

    async def _create(self, drafts: Mapping[UUID, Draft]) -> list[UUID]:
        """Return the leads whose contact is a customer already."""

        def part(draft: Draft) -> Part:
            return create_contact(self.places[UUID(draft.key)].company_id, _plain(draft))

        send = sender(
            self.calls,
            "create_contacts",
            part,
            gives="companyContact",
            outcome=UploadOutcome.CREATED,
            of=CONTACT,
        )
        sent = await hand_over(list(drafts.values()), send, NEW_CONTACT)
        taken = [UUID(each.draft.key) for each in sent if _is_taken(each.answer)]
        for each in sent:
            if not _is_taken(each.answer):
                self._note(UUID(each.draft.key), each)
        return taken

    async def _assign(self, leads: Sequence[UUID]) -> None:
        if not leads:
            return
        emails = {lead_id: self._email(lead_id) for lead_id in leads}
        ids = await self._customers(sorted({*emails.values()}))
        found = [lead_id for lead_id in leads if emails[lead_id] in ids]
        for lead_id in {*leads} - {*found}:
            self._done(lead_id, notes=[_UNFOUND])
        if not found:
            return
        parts = [
            assign_customer(self.places[lead_id].company_id, ids[emails[lead_id]])
            for lead_id in found
        ]
        reply = await self.calls.write("assign_contacts", parts)
        for at, lead_id in enumerate(found):
            refused = judge_part(reply, f"a{at}")
            if refused:
                self.people[lead_id].problem = refused
                self.open.discard(lead_id)
                continue
            errors = listed(reply.content["data"][f"a{at}"].get("userErrors"))
            if errors:
                judged = judge_user_errors(errors, reply, of="")
                self._done(lead_id, notes=[f"{_UNFOUND}: {judged.said}"])
                continue
            said = f"{TAKEN}: the customer with this address was assigned"
            mended = Adjustment(field=EMAIL, action=Action.MENDED, said=said)
            written = {ASSIGNED: digest(lead_id, ASSIGNED, emails[lead_id].casefold())}
            self._done(lead_id, adjustments=(mended,), written=written)

    async def _customers(self, emails: Sequence[str]) -> Mapping[str, str]:
        try:
            return await self.calls.customers(emails)
        except RefusedError as exc:
            if exc.refused.verdict not in {Verdict.CONFIGURATION, Verdict.PERMANENT}:
                raise
            # The app may write companies, and not look for customers.
            return {}

    def _contact(self, draft: Draft) -> HeldContact:
        lead_id = UUID(draft.key)
        held = self.places[lead_id].held
        found = held.contact_of(self._email(lead_id)) if held else None
        assert found is not None  # noqa: S101 - only contacts that were found are updated
        return found

    def _email(self, lead_id: UUID) -> str:
        draft = contact_draft(self.parcels[lead_id].lead)
        assert draft is not None  # noqa: S101 - whoever is worked on has an address
        return str(draft.fields[EMAIL])

    def _note(self, lead_id: UUID, sent: Sent) -> None:
        answer = sent.answer
        if isinstance(answer, Accepted):
            written = digests(lead_id, sent.draft.fields)
            self._done(lead_id, adjustments=sent.draft.adjustments, written=written)
            return
        self.people[lead_id].problem = _NO_TIME if isinstance(answer, Untried) else answer
        self.open.discard(lead_id)

    def _done(
        self,
        lead_id: UUID,
        *,
        notes: Sequence[str] = (),
        adjustments: tuple[Adjustment, ...] = (),
        written: Mapping[str, str] | None = None,
    ) -> None:
        person = self.people[lead_id]
        person.notes += notes
        person.adjustments += adjustments
        person.written |= written or {}
        self.open.discard(lead_id)


def with_person(answer: Answer, person: Person | None) -> Answer:
    if person is None or not isinstance(answer, Accepted):
        return answer
    told = {each.field for each in person.adjustments}
    return replace(
        answer,
        note=person.note,
        adjustments=(
            *(each for each in answer.adjustments if each.field not in told),
            *person.adjustments,
        ),
        written={**answer.written, **person.written},
        unfinished=person.problem if person.is_passing else None,
    )


def _was_ours(parcel: Parcel, wanted: Draft) -> bool:
    """Whether this person was written by us. One who is not there any more was taken out by somebody."""
    email = wanted.fields.get(EMAIL)
    return email is not None and parcel.written.get(EMAIL) == digest(parcel.lead.id, EMAIL, email)


def _as_ours(parcel: Parcel, held: Held) -> dict[str, str]:
    """After an answer that was lost, a contact that is there as we would write it is the one that we wrote."""
    wanted = contact_draft(parcel.lead)
    if not parcel.known or ASSIGNED in parcel.written or wanted is None:
        return {}
    there = held.contact_of(str(wanted.fields.get(EMAIL)))
    ours = digests(parcel.lead.id, wanted.fields)
    return ours if there and ours.items() <= digests(parcel.lead.id, there.fields).items() else {}


def _is_taken(answer: Answer) -> bool:
    return isinstance(answer, Refused) and answer.code == EMAIL_TAKEN


def _plain(draft: Draft) -> dict[str, object]:
    return {name.removeprefix(CONTACT): value for name, value in draft.fields.items()}

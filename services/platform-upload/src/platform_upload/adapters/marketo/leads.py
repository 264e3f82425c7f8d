"""Writes leads: new ones whole, known ones where nobody else has entered anything."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from platform_upload.adapters.marketo.answers import judge_record
from platform_upload.adapters.marketo.api import MarketoCalls
from platform_upload.adapters.marketo.complaints import form_of
from platform_upload.adapters.marketo.instance import EMAIL, Terms
from platform_upload.adapters.marketo.mapping import FIELDS, PERSON, SUSPENDED, lead_draft
from platform_upload.adapters.marketo.reading import read_leads
from platform_upload.adapters.reply import external_id
from platform_upload.application.hand_over import Send, Sent, hand_over
from platform_upload.application.ports import Parcel, Plan
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    Untried,
    UploadOutcome,
    Verdict,
)
from platform_upload.domain.drafts import Action, Draft, Fields
from platform_upload.domain.gaps import OnUpdate, Written, changes, digest, digests

# Stands among the digests for what the lead was known by when they were written.
_KNOWN_BY = "lookup"

NO_EMAIL = Refused(
    verdict=Verdict.PERMANENT,
    code="no_email",
    message="the lead has no e-mail address that Marketo could know it by; a connection with a lookup_field of its own"
    " takes such leads, too",
    closed=True,
)
SEVERAL = Refused(
    verdict=Verdict.PERMANENT,
    code="1007",
    message="Marketo has several leads with this key: merge them there, and send the lead again",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One lead, what Marketo has of it, and what goes out."""

    parcel: Parcel
    # As it would be made.
    whole: Draft
    draft: Draft
    # Marketo's id of the lead that is there, and its fields, as far as they may be read.
    known_as: str | None = None
    held: Fields | None = None

    def changed(self, lookup_field: str) -> Fields:
        """What it would write: the key of a lead that is there stays as it is."""
        if self.held is None:
            return self.draft.fields
        return {name: value for name, value in self.draft.fields.items() if name != lookup_field}


Prepared: TypeAlias = Errand | Refused


async def write_leads(
    calls: MarketoCalls, parcels: Sequence[Parcel], terms: Terms, on_update: OnUpdate
) -> list[Answer]:
    """Several leads of one address are never in one call: the others wait for the first."""
    alone = _one_of_each(parcels, terms)
    prepared = await prepare(calls, alone, terms, on_update)
    going = [e for e in prepared.values() if isinstance(e, Errand) and _has_news(e, terms)]
    sent = await _send(calls, going, terms)
    return [_answer(prepared.get(p.lead.id), sent.get(str(p.lead.id)), terms) for p in parcels]


async def plan_leads(
    calls: MarketoCalls, parcels: Sequence[Parcel], terms: Terms, on_update: OnUpdate
) -> list[Plan | Refused | Untried]:
    """What `write_leads` would write of each by itself."""
    prepared = await prepare(calls, parcels, terms, on_update)
    return [_plan(prepared[parcel.lead.id], terms) for parcel in parcels]


async def prepare(
    calls: MarketoCalls, parcels: Sequence[Parcel], terms: Terms, on_update: OnUpdate
) -> dict[UUID, Prepared]:
    """By lead id, what is to be done with each."""
    wholes = {parcel.lead.id: lead_draft(parcel.lead, terms.lookup_field) for parcel in parcels}
    there = await _read(
        calls,
        # A key of ours is nobody else's; an address may be in Marketo long before us.
        [wholes[p.lead.id] for p in parcels if terms.by_address or p.known],
        terms,
    )
    return {
        parcel.lead.id: _errand(parcel, wholes[parcel.lead.id], there, terms, on_update)
        for parcel in parcels
    }


def _one_of_each(parcels: Sequence[Parcel], terms: Terms) -> list[Parcel]:
    found: dict[str, Parcel] = {}
    for parcel in parcels:
        address = _key(lead_draft(parcel.lead, terms.lookup_field), terms)
        found.setdefault(address or str(parcel.lead.id), parcel)
    return list(found.values())


def _key(draft: Draft, terms: Terms) -> str:
    return str(draft.fields.get(terms.lookup_field) or "").casefold()


async def _read(
    calls: MarketoCalls, drafts: Sequence[Draft], terms: Terms
) -> Mapping[str, Sequence[Fields]]:
    """What Marketo has of them, by key."""
    by = terms.lookup_field
    values = {_key(draft, terms): str(draft.fields[by]) for draft in drafts if _key(draft, terms)}
    names = [name for name in FIELDS if name not in {SUSPENDED, by}]
    found: defaultdict[str, list[Fields]] = defaultdict(list)
    for row in await read_leads(calls, by, list(values.values()), names):
        found[str(row.get(by) or "").casefold()].append(row)
    return found


def _errand(
    parcel: Parcel,
    whole: Draft,
    there: Mapping[str, Sequence[Fields]],
    terms: Terms,
    on_update: OnUpdate,
) -> Prepared:
    key = _key(whole, terms)
    if not key:
        return NO_EMAIL
    parcel = replace(parcel, written=_written(parcel, key))
    rows = there.get(key, ())
    if len(rows) > 1:
        return SEVERAL
    if not rows:
        return Errand(parcel=parcel, whole=whole, draft=whole)
    (held,) = rows
    draft = _update(whole, parcel, held, terms, on_update)
    known_as = external_id(held.get("id"))
    return Errand(parcel=parcel, whole=whole, draft=draft, known_as=known_as, held=held)


def _written(parcel: Parcel, key: str) -> Written:
    """What we wrote of this very lead: a company's contact may be another by now, and have another lead."""
    mark = digest(parcel.lead.id, _KNOWN_BY, key)
    known = parcel.written.get(_KNOWN_BY) == mark
    return parcel.written if known else {_KNOWN_BY: mark}


def _update(whole: Draft, parcel: Parcel, held: Fields, terms: Terms, on_update: OnUpdate) -> Draft:
    by = terms.lookup_field
    # Whether marketing may write to somebody is a person's to say, once there is one to say it of.
    wanted = {
        name: value
        for name, value in whole.fields.items()
        if name in held and name not in {by, SUSPENDED}
    }
    if on_update is OnUpdate.FILL_GAPS and not terms.by_address and _is_another(held, parcel):
        wanted = {name: value for name, value in wanted.items() if name not in PERSON}
    ours = changes(wanted, held, parcel.written, lead=parcel.lead.id, on_update=on_update)
    news = {name: value for name, value in ours.items() if not _same(parcel, name, value, held)}
    kept = tuple(
        each for each in whole.adjustments if each.action is Action.LEFT_OUT or each.field in news
    )
    return replace(whole, fields={by: whole.fields[by], **news}, adjustments=kept)


def _same(parcel: Parcel, name: str, value: object, held: Fields) -> bool:
    """Whether it is there already, but for how Marketo writes it."""
    there = held.get(name)
    lead = parcel.lead.id
    return there not in (None, "") and digest(lead, name, there) == digest(lead, name, value)


def _is_another(held: Fields, parcel: Parcel) -> bool:
    """Whether somebody has put another person there than ours: what we know of ours is not theirs."""
    named = next((name for name in (EMAIL, "lastName") if held.get(name)), None)
    if named is None:
        return False
    ours = digest(parcel.lead.id, named, held[named])
    person = parcel.lead.people[0] if parcel.lead.people else None
    now = (person.email if named == EMAIL else person.names[1]) if person else None
    return ours not in {parcel.written.get(named), digest(parcel.lead.id, named, now)}


def _has_news(errand: Errand, terms: Terms) -> bool:
    return bool(errand.changed(terms.lookup_field))


async def _send(calls: MarketoCalls, errands: Sequence[Errand], terms: Terms) -> dict[str, Sent]:
    form = form_of(terms.lookup_field)
    send = _sender(calls)
    sent = await hand_over([each.draft for each in errands], send, form)
    found = {each.draft.key: each for each in sent}
    # Deleted between our look and our write: what was to be an update has made half a lead.
    halves = [e.whole for e in errands if e.held is not None and _is_new(found[e.draft.key].answer)]
    for each in await hand_over(halves, send, form):
        found[each.draft.key] = replace(each, answer=_made(each.answer))
    return found


def _is_new(answer: Answer) -> bool:
    return isinstance(answer, Accepted) and answer.outcome is UploadOutcome.CREATED


def _made(answer: Answer) -> Answer:
    """It is new all the same."""
    if isinstance(answer, Accepted):
        return replace(answer, outcome=UploadOutcome.CREATED)
    return answer


def _sender(calls: MarketoCalls) -> Send:
    async def send(drafts: Sequence[Draft]) -> list[Answer]:
        results, reply = await calls.upsert([draft.fields for draft in drafts])
        return [
            judge_record(result, draft, reply)
            for result, draft in zip(results, drafts, strict=True)
        ]

    return send


def _answer(prepared: Prepared | None, sent: Sent | None, terms: Terms) -> Answer:
    if prepared is None:
        return Untried()
    if isinstance(prepared, Refused):
        return prepared
    parcel = prepared.parcel
    if sent is None:
        return Accepted(
            outcome=UploadOutcome.UPDATED,
            external_id=prepared.known_as,
            adjustments=prepared.draft.adjustments,
            written=parcel.written,
        )
    if not isinstance(sent.answer, Accepted):
        return sent.answer
    ours = dict(sent.draft.fields)
    if prepared.held is not None and not _is_new(sent.answer):
        ours.pop(terms.lookup_field)
    written = {**parcel.written, **digests(parcel.lead.id, ours)}
    return replace(sent.answer, adjustments=sent.draft.adjustments, written=written)


def _plan(prepared: Prepared, terms: Terms) -> Plan | Refused:
    if isinstance(prepared, Refused):
        return prepared
    held = prepared.held or {}
    news = prepared.changed(terms.lookup_field)
    return Plan(
        external_id=prepared.known_as,
        changes={name: (held.get(name), value) for name, value in news.items()},
        adjustments=prepared.draft.adjustments,
    )

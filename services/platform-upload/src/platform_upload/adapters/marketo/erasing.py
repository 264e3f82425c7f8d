"""Takes a person out of leads: those that we made are deleted, others lose what is still as we wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platform_upload.adapters.marketo.answers import judge_record
from platform_upload.adapters.marketo.api import MarketoCalls
from platform_upload.adapters.marketo.instance import EMAIL, Terms
from platform_upload.adapters.marketo.mapping import PERSON, SUSPENDED
from platform_upload.adapters.marketo.reading import ID, read_leads
from platform_upload.application.ports import Erased, Person, Trace
from platform_upload.domain.answers import Accepted
from platform_upload.domain.drafts import Draft, Fields
from platform_upload.domain.gaps import digest

_NAMES = sorted(PERSON)


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    fields: Fields
    # Ours that went into it: none for one that has the person's address, and that we know nothing of.
    traces: Sequence[Trace]

    @property
    def is_ours(self) -> bool:
        """Whether we made it: only then have we said that nobody may write to it."""
        return any(SUSPENDED in trace.written for trace in self.traces)

    def still_ours(self, person: Person) -> set[str]:
        """What is in it of the person, just as we wrote it."""
        return {
            name
            for trace in self.traces
            if self._was_about(person, trace)
            for name, value in self.fields.items()
            if value and trace.written.get(name) == digest(trace.lead_id, name, value)
        }

    def has_address_of(self, person: Person) -> bool:
        return str(self.fields.get(EMAIL) or "").casefold() == person.email.casefold()

    def is_about(self, person: Person) -> bool:
        # An address may have been refused, or taken out by somebody.
        nameless = not self.fields.get(EMAIL) and bool(self.still_ours(person))
        return self.has_address_of(person) or nameless

    def _was_about(self, person: Person, trace: Trace) -> bool:
        """Whether it was this person whom we wrote last: a lead's contact may be another by now."""
        last = trace.written.get(EMAIL)
        if last is None:
            return self.has_address_of(person) or not self.fields.get(EMAIL)
        return last == digest(trace.lead_id, EMAIL, person.email)


async def erase_person(
    calls: MarketoCalls, person: Person, traces: Sequence[Trace], terms: Terms
) -> Erased:
    found = await _find(calls, person, traces, terms) if traces else []
    made = [each.id for each in found if each.is_ours and each.is_about(person)]
    gone = await calls.delete(made)
    others = [each for each in found if each.id not in made]
    kept = await _clear(calls, others, person)
    refused = [each for each in made if each not in gone]
    still = [each.id for each in others if each.id in kept or each.has_address_of(person)]
    # What is not there any more has nothing of anybody.
    known = {each.id for each in found} | {t.external_id for t in traces if t.external_id}
    return Erased(
        records=tuple(sorted(known - {*refused, *still})),
        left=(
            *(f"Marketo: delete lead {each}: its API does not" for each in sorted(refused)),
            *(
                f"Marketo: lead {each} was not made by us: delete it, or take the person out of it"
                for each in sorted(still)
            ),
        ),
    )


async def _find(
    calls: MarketoCalls, person: Person, traces: Sequence[Trace], terms: Terms
) -> list[_Found]:
    """By the ids that we were told, and by the key: leads are merged, and answers get lost."""
    ids = sorted({t.external_id for t in traces if t.external_id and t.external_id.isdigit()})
    keys = [person.email] if terms.by_address else [str(trace.lead_id) for trace in traces]
    names = [*_NAMES, terms.lookup_field]
    rows = await read_leads(calls, ID, ids, names)
    rows += await read_leads(calls, terms.lookup_field, keys, names)
    by_id = {str(row.get(ID)): row for row in rows}
    return [_found(number, row, traces, terms) for number, row in by_id.items()]


def _found(number: str, row: Mapping[str, Any], traces: Sequence[Trace], terms: Terms) -> _Found:
    key = None if terms.by_address else row.get(terms.lookup_field)
    return _Found(
        id=number,
        fields={name: row.get(name) for name in _NAMES},
        traces=[t for t in traces if t.external_id == number or str(t.lead_id) == key],
    )


async def _clear(calls: MarketoCalls, others: Sequence[_Found], person: Person) -> set[str]:
    """Empty what is still as we wrote it; return the leads that Marketo keeps as they are."""
    stale = [each for each in others if each.still_ours(person)]
    if not stale:
        return set()
    records = [
        {ID: int(each.id), **dict.fromkeys(sorted(each.still_ours(person)))} for each in stale
    ]
    results, reply = await calls.upsert(records, by=ID, action="updateOnly")
    drafts = [Draft(key=each.id, fields={}) for each in stale]
    return {
        draft.key
        for result, draft in zip(results, drafts, strict=True)
        if not isinstance(judge_record(result, draft, reply), Accepted)
    }

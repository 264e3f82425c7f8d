"""A person out of Salesforce's Leads: as the contact that a Lead is of, or a line of its description.

The Lead stays, with its company. What somebody has entered there since is theirs to erase.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from platform_upload.adapters.salesforce.api import SalesforceCalls
from platform_upload.adapters.salesforce.form import lead_form
from platform_upload.adapters.salesforce.layout import RULES, Layout
from platform_upload.adapters.salesforce.leads import held_leads, sender
from platform_upload.adapters.salesforce.mapping import OTHER_CONTACTS
from platform_upload.application.budget import SpentError
from platform_upload.application.erase_person import named
from platform_upload.application.hand_over import Sent, hand_over
from platform_upload.application.ports import Erased, Person, Trace
from platform_upload.domain.answers import Accepted, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.drafts import Action, Draft, Fields
from platform_upload.domain.field_map import FieldMap, Ours
from platform_upload.domain.gaps import UNKNOWN, Written, digest, digests

# Rows in one call.
ROWS = 200
_LAST_NAME = RULES.defaults[Ours.CONTACT_LAST_NAME]
_NOTHING = (None, "", UNKNOWN)
# Written in the place of the names, where an org has lists of them.
_CODES = frozenset({"StateCode", "CountryCode"})
_ENDS = {
    "CANNOT_UPDATE_CONVERTED_LEAD": "it was converted; erase the person in the Contact that it became",
    "ENTITY_IS_DELETED": "it was deleted; delete it from the recycle bin, too",
}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a person may be in a Lead: under the names of today, and under those that a lead has without a mapping."""

    person: frozenset[str]
    emails: frozenset[str]
    texts: frozenset[str]
    # By the names of today, or without a mapping: of the company.
    company: frozenset[str]

    def others(self, trace: Trace) -> frozenset[str]:
        """What we have written by a mapping that is no more: of whom, its name does not say."""
        return frozenset(trace.written) - self.person - self.texts - self.company

    def all(self, trace: Trace) -> frozenset[str]:
        return self.person | self.texts | self.others(trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One Lead: what goes, and what somebody else has to look at."""

    trace: Trace
    # New values, by field.
    cleared: Mapping[str, Any]
    entered: Sequence[str]
    # As we wrote them, and perhaps of the person.
    unsure: Sequence[str]
    # We wrote them, and the org does not show them to us.
    unseen: Sequence[str]
    # Whether the Lead was of the person, and not only named them.
    theirs: bool

    @property
    def is_whole(self) -> bool:
        return not (self.entered or self.unsure or self.unseen)


async def erase_person(
    calls: SalesforceCalls, person: Person, traces: Sequence[Trace], layout: Layout
) -> Erased:
    places = _places(layout)
    held = await held_leads(calls, [_question(trace, places) for trace in traces])
    there = [trace for trace in traces if str(trace.lead_id) in held]
    gone = [trace for trace in traces if str(trace.lead_id) not in held]
    findings = [_find(person, trace, held[str(trace.lead_id)], places) for trace in there]
    sent = await _write(calls, findings, layout)
    return Erased(
        records=_records(findings, sent),
        left=(*_left(findings, sent), *_missing(gone)),
        written={
            each.trace.lead_id: _written(each.trace, sent[each.trace.lead_id].draft.fields)
            for each in findings
            if each.trace.lead_id in sent and _is_done(sent[each.trace.lead_id])
        },
    )


def _places(layout: Layout) -> _Places:
    maps = (layout.fields, FieldMap(RULES.defaults))
    texts = _names(maps, Ours.SIGNALS)
    # What has another place by now may hold something else where it was: that is not cleared unseen.
    company = _company(layout.fields)
    person = maps[0].of_contact | (maps[1].of_contact - company)
    return _Places(
        person=person,
        emails=_names(maps, Ours.CONTACT_EMAIL) - company,
        texts=texts,
        company=((company | _company(maps[1])) - person - maps[1].of_contact) | _CODES,
    )


def _company(fields: FieldMap) -> frozenset[str]:
    return frozenset(fields.names.values()) - fields.of_contact


def _names(maps: Sequence[FieldMap], ours: Ours) -> frozenset[str]:
    return frozenset(name for each in maps if (name := each.name_of(ours)) is not None)


def _question(trace: Trace, places: _Places) -> Draft:
    return Draft(key=str(trace.lead_id), fields=dict.fromkeys(places.all(trace)))


def _find(person: Person, trace: Trace, held: Fields, places: _Places) -> _Finding:
    cleared, entered = _without_lines(person, trace, held, places)
    theirs = _is_theirs(person, trace, held, places)
    unsure: list[str] = []
    if theirs:
        for name in sorted(places.person | places.others(trace) - {*cleared, *entered}):
            if held.get(name) in _NOTHING:
                continue
            if not _is_ours(trace, name, held):
                entered.append(name)
            elif name in places.person or _names_them(person, held[name]):
                cleared[name] = UNKNOWN if name == _LAST_NAME else None
            else:
                unsure.append(name)
    unseen = sorted((places.all(trace) & trace.written.keys()) - held.keys()) if theirs else []
    return _Finding(
        trace=trace, cleared=cleared, entered=entered, unsure=unsure, unseen=unseen, theirs=theirs
    )


def _is_theirs(person: Person, trace: Trace, held: Fields, places: _Places) -> bool:
    """By the address, there or as we wrote it; where neither has one, by the name as we wrote it."""
    lead_id, email = trace.lead_id, person.email
    others = places.others(trace)
    if any(_plain(held.get(name)) == email for name in places.emails | others):
        return True
    if any(trace.written.get(n) == digest(lead_id, n, email) for n in places.emails | others):
        return True
    # Somebody else's.
    if not places.emails.isdisjoint(trace.written) or any(
        "@" in _plain(held.get(n)) for n in others
    ):
        return False
    surnames = {name.rpartition(" ")[2] for name in person.names}
    return trace.written.get(_LAST_NAME) in {digest(lead_id, _LAST_NAME, n) for n in surnames}


def _plain(value: object) -> str:
    return str(value or "").strip().lower()


def _names_them(person: Person, value: object) -> bool:
    """Whether it is the person's address, or a name of theirs, whole or a part of it."""
    parts = {part for name in person.names for part in (name, *name.split())}
    return _plain(value) in {person.email, *map(_plain, parts)}


def _is_ours(trace: Trace, name: str, held: Fields) -> bool:
    return trace.written.get(name) == digest(trace.lead_id, name, held[name])


def _without_lines(
    person: Person, trace: Trace, held: Fields, places: _Places
) -> tuple[dict[str, Any], list[str]]:
    """The descriptions without the person, where they are still ours, and those that are not."""
    cleared: dict[str, Any] = {}
    entered = []
    for name in sorted(places.texts | places.others(trace)):
        text = str(held.get(name) or "")
        if person.email not in text.lower():
            continue
        if not _is_ours(trace, name, held):
            entered.append(name)
            continue
        lines = [line for line in text.splitlines() if person.email not in line.lower()]
        if lines and lines[-1] == OTHER_CONTACTS:
            lines.pop()
        cleared[name] = "\n".join(lines) or None
    return cleared, entered


async def _write(
    calls: SalesforceCalls, findings: Sequence[_Finding], layout: Layout
) -> dict[UUID, Sent]:
    changed = [each for each in findings if each.cleared]
    there = {str(each.trace.lead_id): each.cleared for each in changed}
    send = sender(calls, there, layout, assign=layout.on_update)
    sent: dict[UUID, Sent] = {}
    for start in range(0, len(changed), ROWS):
        some = changed[start : start + ROWS]
        drafts = [Draft(key=str(each.trace.lead_id), fields=each.cleared) for each in some]
        answers = await hand_over(drafts, send, lead_form(layout))
        sent |= {e.trace.lead_id: answer for e, answer in zip(some, answers, strict=True)}
    for each in sent.values():
        _raise_for(each)
    return sent


def _raise_for(sent: Sent) -> None:
    """What may work later is tried again as a whole: what is done is done, and found so."""
    if isinstance(sent.answer, Untried):
        raise SpentError
    if isinstance(sent.answer, Refused) and sent.answer.verdict is not Verdict.PERMANENT:
        raise RefusedError(sent.answer)


def _records(findings: Sequence[_Finding], sent: Mapping[UUID, Sent]) -> tuple[str, ...]:
    """Leads that the person is out of: also those that an earlier attempt had taken them out of."""
    done = [
        each.trace.external_id or str(each.trace.lead_id)
        for each in findings
        if each.is_whole and _is_done(sent.get(each.trace.lead_id))
    ]
    return tuple(sorted(done))


def _is_done(sent: Sent | None) -> bool:
    return sent is None or (isinstance(sent.answer, Accepted) and not _kept(sent))


def _kept(sent: Sent) -> list[str]:
    """Fields that Salesforce would not let us change."""
    return [each.field for each in sent.draft.adjustments if each.action is Action.LEFT_OUT]


def _left(findings: Sequence[_Finding], sent: Mapping[UUID, Sent]) -> list[str]:
    said = [
        f"salesforce: Lead {named([each.trace])}: {what}"
        for each in findings
        for what in _open(each, sent.get(each.trace.lead_id))
    ]
    theirs = [each.trace for each in findings if each.theirs]
    if theirs:
        said.append(
            "salesforce: where the org tracks field history of Leads, old values are there still; delete that of "
            f"Lead {named(theirs)}"
        )
    return said


def _open(finding: _Finding, sent: Sent | None) -> Iterator[str]:
    """What somebody has to do about one Lead."""
    if finding.entered:
        fields = ", ".join(finding.entered)
        yield f"somebody has entered {fields}; see whether that is the person, and clear it"
    if finding.unsure:
        fields = ", ".join(finding.unsure)
        yield f"the fields were others when we wrote {fields}; see whether that is the person, and clear it"
    if finding.unseen:
        fields = ", ".join(finding.unseen)
        yield f"we may not see {fields}, or it is gone; see whether the person is in it, and clear it"
    if sent and isinstance(sent.answer, Refused):
        yield _ENDS.get(sent.answer.code, f"it was refused ({sent.answer.code})")
    elif sent and _kept(sent):
        yield f"we may not change {', '.join(_kept(sent))}; clear it"


def _missing(gone: Sequence[Trace]) -> list[str]:
    if not gone:
        return []
    return [
        "salesforce: not found any more by our id, deleted or merged; look for the person, and in the recycle bin: "
        f"Lead {named(gone)}"
    ]


def _written(trace: Trace, fields: Fields) -> Written:
    """Digests as the fields are now: a later upload may fill what we have emptied."""
    rest = {name: said for name, said in trace.written.items() if name not in fields}
    kept = {name: value for name, value in fields.items() if value is not None}
    return rest | digests(trace.lead_id, kept)

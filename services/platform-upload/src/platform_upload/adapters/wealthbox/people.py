"""Writes the people of an organization that was accepted, each once: never at the cost of the lead."""

from dataclasses import dataclass, field, replace

from platform_upload.adapters.strangers import NOT_THE_API
from platform_upload.adapters.wealthbox.answers import RESOLVE
from platform_upload.adapters.wealthbox.api import Record
from platform_upload.adapters.wealthbox.mapping import PERSON, Wanted, has_address, person
from platform_upload.adapters.wealthbox.records import Desk, change, find, look_for_new, make
from platform_upload.application.budget import SpentError
from platform_upload.application.ports import Parcel
from platform_upload.domain.answers import Accepted, Answer, Refused, RefusedError, Untried, Verdict
from platform_upload.domain.drafts import Adjustment

_NO_TIME = Refused(
    verdict=Verdict.AMBIGUOUS, code="timeout", message="there was no time left for its people"
)
_NEVER = frozenset({Verdict.PERMANENT, Verdict.CONFIGURATION, Verdict.DISABLE})


@dataclass(slots=True)
class People:
    """What became of one lead's people."""

    refused: int = 0
    # In the way of those that are left.
    problem: Refused | None = None
    # For a person at the platform to do something about.
    notes: list[str] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    @property
    def note(self) -> str | None:
        parts = [f"Wealthbox refused {self.refused} of its people"] if self.refused else []
        if self.problem:
            parts.append(f"people are not written: {self.problem.said}")
        return "; ".join([*parts, *self.notes]) or None

    @property
    def is_passing(self) -> bool:
        if self.problem is None:
            return False
        return self.problem.code == NOT_THE_API or self.problem.verdict not in _NEVER


def with_people(answer: Accepted, people: People) -> Accepted:
    return replace(
        answer,
        note=people.note,
        adjustments=(*answer.adjustments, *people.adjustments),
        written={**answer.written, **people.written},
        unfinished=people.problem if people.is_passing else None,
    )


async def write_people(desk: Desk, parcel: Parcel, *, all_new: bool) -> People:
    """Never raises a refusal. With `all_new` nothing of this lead can be there: nobody is looked for by our id."""
    people = People()
    for wanted, email in _wanted(parcel):
        try:
            answer = await _write(desk, parcel, wanted, email, all_new=all_new)
        except RefusedError as exc:
            answer = exc.refused
        except SpentError:
            answer = _NO_TIME
        if not _goes_on(people, answer):
            break
    return people


def _wanted(parcel: Parcel) -> list[tuple[Wanted, str]]:
    """One without an address is nobody that could be known again."""
    addresses = [(each, (each.email or "").strip()) for each in parcel.lead.people]
    return [(person(parcel.lead, each, email), email) for each, email in addresses if email]


async def _write(
    desk: Desk, parcel: Parcel, wanted: Wanted, email: str, *, all_new: bool
) -> Answer | None:
    """None where somebody has such a person already: it stays as it is, and there is no second one."""
    place = desk.person(email)
    async with desk.creations.alone(place, desk.calls.budget):
        record = None if all_new else await find(desk.calls, wanted)
        record = record or await look_for_new(desk, place, lambda each: _is(each, wanted, email))
        if record is None:
            listed = await desk.calls.find(PERSON.type, email=email)
            record = next((each for each in listed if has_address(each, email)), None)
        if record is None:
            return await make(desk, wanted, place, parcel)
        if not wanted.is_it(record):
            return None
        return await change(desk, wanted, record, parcel)


def _is(record: Record, wanted: Wanted, email: str) -> bool:
    return wanted.is_it(record) or has_address(record, email)


def _goes_on(people: People, answer: Answer | None) -> bool:
    """Take down what became of one of them; tell whether there is sense in going on to the next."""
    if isinstance(answer, Accepted):
        people.adjustments += answer.adjustments
        people.written |= answer.written
    elif isinstance(answer, Untried):
        people.problem = _NO_TIME
    elif isinstance(answer, Refused) and answer.code == RESOLVE:
        people.notes.append(answer.message)
    elif isinstance(answer, Refused) and answer.verdict is Verdict.PERMANENT:
        people.refused += 1
    elif isinstance(answer, Refused):
        people.problem = answer
    return people.problem is None

"""One answer made of several providers' about the same company."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from enrichment.domain.answer import Answer, fill_gaps
from enrichment.domain.contact import Contact

MAX_CONTACTS: Final = 5


def merge(answers: Sequence[Answer]) -> Answer:
    """Each person once, whose address is valid first; facts by whoever was asked first and knew them.

    An answer alone stays as its provider gave it. Credits are summed up.
    """
    if len(answers) == 1:
        return answers[0]
    facts: dict[str, Any] = {}
    for answer in answers:
        facts = fill_gaps(facts, answer.facts)
    people = _each_once([contact for answer in answers for contact in answer.contacts])
    return Answer(
        contacts=tuple(sorted(people, key=lambda each: not each.is_verified)[:MAX_CONTACTS]),
        facts=facts,
        credits_used=sum(answer.credits_used for answer in answers),
        rejected=tuple(reason for answer in answers for reason in answer.rejected),
    )


def _each_once(contacts: Sequence[Contact]) -> list[Contact]:
    """Who has the same address or the same name is the same person: of one company, after all."""
    people: list[Contact] = []
    for contact in contacts:
        for place, known in enumerate(people):
            if _is_same(contact, known):
                people[place] = max(known, contact, key=_worth)
                break
        else:
            people.append(contact)
    return people


def _is_same(one: Contact, other: Contact) -> bool:
    if one.address and one.address == other.address:
        return True
    return _name(one) == _name(other)


def _name(contact: Contact) -> str:
    return " ".join(contact.full_name.casefold().split())


def _worth(contact: Contact) -> tuple[bool, bool]:
    return contact.is_verified, contact.address is not None


def without_credits(answer: Answer) -> Answer:
    """As it is for whom it cost nothing."""
    return replace(answer, credits_used=0)

"""An answer as `company_answers` keeps it."""

from dataclasses import fields
from typing import Any

import orjson

from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact, EmailStatus

_FIELDS = tuple(field.name for field in fields(Contact))


def contacts_of(answer: Answer) -> list[dict[str, Any]]:
    # Not asdict: it copies every text as deeply as if it could change, at 15 times the price.
    return [{name: getattr(contact, name) for name in _FIELDS} for contact in answer.contacts]


def contacts_text(answer: Answer) -> str:
    return orjson.dumps(contacts_of(answer)).decode()


def read_answer(row: Any) -> Answer:
    credits_used = row["credits_used"]
    return Answer(
        contacts=tuple(_contact(stored) for stored in row["contacts"] or ()),
        facts=row["facts"] or {},
        rejected=tuple(row["rejected"] or ()),
        credits_used=plain_number(float(credits_used or 0)),
    )


def plain_number(number: float) -> int | float:
    """1.0 is written as 1, as the provider does."""
    return int(number) if number.is_integer() else number


def _contact(stored: dict[str, Any]) -> Contact:
    # A field that a later release has added is not this one's to know.
    known = {name: value for name, value in stored.items() if name in _FIELDS}
    status = known.pop("email_status", None)
    asked = tuple(known.pop("asked", ()))
    return Contact(**known, email_status=EmailStatus(status) if status else None, asked=asked)

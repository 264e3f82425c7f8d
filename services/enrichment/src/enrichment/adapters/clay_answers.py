"""Reads Clay's answers: what is malformed is left out with a reason, the rest is used."""

import re
from collections.abc import Mapping
from typing import Any, Final

from enrichment.adapters.lenient_json import clean_text
from enrichment.adapters.stored_answer import plain_number
from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact, EmailStatus
from leadstream.ids import derived_id

MAX_CONTACTS: Final = 5
# As long as an event may carry them.
_TEXT: Final = 500
_LONG_TEXT: Final = 20_000
_URL: Final = 2_048
_LONGEST_EMAIL: Final = 254
_LARGEST_COUNT: Final = 2**31 - 1
_LARGEST_AMOUNT: Final = 2**53 - 1

_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


class MalformedAnswerError(ValueError):
    """An answer that can't be used as a whole."""


class _RejectedContact(Exception):  # noqa: N818 - what it is, not what went wrong with us
    pass


def read_enrichment(document: Any, *, domain: str) -> Answer:
    """Raises MalformedAnswerError where there is no list of contacts."""
    if not isinstance(document, dict) or not isinstance(document.get("contacts"), list):
        raise MalformedAnswerError("there is no list of contacts")
    contacts: list[Contact] = []
    rejected: list[str] = []
    for number, found in enumerate(document["contacts"], start=1):
        if len(contacts) == MAX_CONTACTS:
            break
        try:
            contacts.append(_read_contact(found, domain))
        except _RejectedContact as reason:
            rejected.append(f"contact {number}: {reason}")
    return Answer(
        contacts=tuple(contacts),
        facts=_read_facts(document.get("company_info")),
        credits_used=_read_credits(document.get("credits_used")),
        rejected=tuple(rejected),
    )


def read_verdict(document: Any) -> EmailStatus:
    """What the verifier says; what it does not say is unknown, never invalid."""
    if not isinstance(document, dict):
        return EmailStatus.UNKNOWN
    status = document.get("status")
    if status is not None:
        known = isinstance(status, str) and status in set(EmailStatus)
        return EmailStatus(status) if known else EmailStatus.UNKNOWN
    # The first clients of this API know no status.
    verdicts = {True: EmailStatus.VALID, False: EmailStatus.INVALID}
    valid = document.get("valid")
    return verdicts[valid] if isinstance(valid, bool) else EmailStatus.UNKNOWN


def _read_contact(found: Any, domain: str) -> Contact:
    if not isinstance(found, dict):
        raise _RejectedContact("not_an_object")
    first, last = _text(found, "first_name"), _text(found, "last_name")
    full_name = _text(found, "full_name") or " ".join(filter(None, [first, last]))
    if not full_name:
        raise _RejectedContact("missing_name")
    email = _read_email(found.get("email"))
    return Contact(
        id=_read_id(found.get("id")) or str(derived_id("contact", domain, full_name, email or "")),
        full_name=full_name,
        first_name=first,
        last_name=last,
        email=email,
        phone=_text(found, "phone"),
        title=_text(found, "title"),
        seniority=_text(found, "seniority"),
        department=_text(found, "department"),
        linkedin_url=_read_url(found.get("linkedin_url")),
        location=_text(found, "location"),
    )


def _text(found: Mapping[str, Any], name: str) -> str | None:
    return clean_text(found.get(name), longest=_TEXT)


def _read_id(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:_TEXT]
    return clean_text(value, longest=_TEXT)


def _read_email(value: Any) -> str | None:
    """None for a person without an address; a person whose address is none is not to be trusted."""
    if value is None or value == "":
        return None
    email = clean_text(value, longest=_LONGEST_EMAIL + 1)
    if email is None or len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise _RejectedContact("malformed_email")
    return email


def _read_url(value: Any) -> str | None:
    url = clean_text(value, longest=_URL + 1)
    if url is None or len(url) > _URL or not url.lower().startswith(("https://", "http://")):
        return None
    return url


def _read_credits(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return plain_number(float(value)) if 0 <= value <= _LARGEST_AMOUNT else 0


def _read_facts(info: Any) -> dict[str, Any]:
    """What the answer says about the company itself, under the names of our own events; never its domain."""
    if not isinstance(info, dict):
        return {}
    facts = {
        "industry": _text(info, "industry"),
        "description": clean_text(info.get("description"), longest=_LONG_TEXT),
        "website": _read_url(info.get("website")),
        "employee_count": _read_count(info.get("employee_count"), largest=_LARGEST_COUNT),
        "revenue": _read_count(info.get("revenue"), largest=_LARGEST_AMOUNT),
        "founded_year": _read_count(info.get("founded_year"), largest=9999),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _read_count(value: Any, *, largest: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if 0 <= value <= largest else None

"""Reads people and companies in providers' answers: what is malformed is left out with a reason, the rest is used."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from enrichment.domain.contact import Contact
from leadstream.ids import derived_id
from leadstream.reading import clean, number, read_phone, read_text, rounded, whole

# As long as an event may carry them.
_TEXT: Final = 500
_LONG_TEXT: Final = 20_000
_URL: Final = 2_048
_LONGEST_EMAIL: Final = 254
_LARGEST_COUNT: Final = 2**31 - 1
_LARGEST_AMOUNT: Final = 2**53 - 1

_EMAIL: Final = re.compile(r"[^@\s<>,;:\".][^@\s<>,;:\"]*@[^@\s<>,;:\".]+(?:\.[^@\s<>,;:\".]+)+")
# Around an address: a name before it, its brackets, what separates it from the next one.
_NAMED: Final = re.compile(r"[^<>@,;]*<([^<>]*)>")
_SCHEME: Final = re.compile(r"\Amailto:", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[,;]")


class MalformedAnswerError(ValueError):
    """An answer that can't be used as a whole."""


class _RejectedContact(Exception):  # noqa: N818 - what it is, not what went wrong with us
    pass


@dataclass(frozen=True, slots=True)
class People:
    contacts: tuple[Contact, ...]
    # Why others were left out, one reason each.
    rejected: tuple[str, ...]


def as_it_is(found: Any) -> Any:
    return found


def read_people(
    listed: Sequence[Any],
    *,
    domain: str,
    limit: int,
    renamed: Callable[[Any], Any] = as_it_is,
) -> People:
    """The first `limit` who can be used. `renamed` gives what is said of a person the names of our Contact."""
    contacts: list[Contact] = []
    rejected: list[str] = []
    for position, found in enumerate(listed, start=1):
        if len(contacts) == limit:
            break
        try:
            contacts.append(_read_contact(renamed(found), domain))
        except _RejectedContact as reason:
            rejected.append(f"contact {position}: {reason}")
    return People(tuple(contacts), tuple(rejected))


def read_facts(info: Any) -> dict[str, Any]:
    """What an answer says about the company itself, under the names of our own events; never its domain."""
    if not isinstance(info, dict):
        return {}
    facts = {
        "industry": _text(info, "industry"),
        "description": read_text(info.get("description"), _LONG_TEXT),
        "website": _read_url(info.get("website")),
        "employee_count": whole(info.get("employee_count"), largest=_LARGEST_COUNT),
        "revenue": rounded(info.get("revenue"), largest=_LARGEST_AMOUNT),
        "founded_year": whole(info.get("founded_year"), largest=9999),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def read_units(value: Any) -> Decimal | None:
    """What a call is said to have cost, where that can be believed."""
    used = number(value)
    if used is None or not 0 <= used <= _LARGEST_AMOUNT:
        return None
    return Decimal(str(used))


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
        phone=read_phone(found.get("phone"), _TEXT),
        title=_text(found, "title"),
        seniority=_text(found, "seniority"),
        department=_text(found, "department"),
        linkedin_url=_read_url(found.get("linkedin_url")),
        location=_text(found, "location"),
    )


def _text(found: Mapping[str, Any], name: str) -> str | None:
    return read_text(found.get(name), _TEXT)


def _read_id(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:_TEXT]
    return read_text(value, _TEXT)


def _read_email(value: Any) -> str | None:
    """The address, or the first of several; None where there is none, or what is no address: the person stays."""
    written = _BETWEEN.split(_unshortened(value, _TEXT) or "")
    return next((each for each in map(_bare, written) if _is_address(each)), None)


def _bare(address: str) -> str:
    address = address.strip()
    named = _NAMED.fullmatch(address)
    return _SCHEME.sub("", named[1].strip() if named else address)


def _is_address(text: str) -> bool:
    return len(text) <= _LONGEST_EMAIL and bool(_EMAIL.fullmatch(text))


def _read_url(value: Any) -> str | None:
    url = _unshortened(value, _URL)
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _unshortened(value: Any, longest: int) -> str | None:
    """Half an address is another's, or nobody's."""
    if not isinstance(value, str) or len(value) > 2 * longest:
        return None
    text = clean(value).strip()
    return text if 0 < len(text) <= longest else None

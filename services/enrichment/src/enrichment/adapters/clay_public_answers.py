"""Reads what Clay's Public API says: people of a search, and the addresses that a routine has found for them."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, TypeAlias

from enrichment.adapters.faults import Asked, malformed
from enrichment.adapters.people import read_people
from enrichment.application.providers import CompanyAsked
from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact
from leadstream.accounts.routine import LONGEST_ID, Routine
from leadstream.companies import company_domain
from leadstream.ids import derived_id
from leadstream.reading import entries, listed, word

# What a routine gave for a person; None: it failed for them.
Row: TypeAlias = Mapping[str, Any] | None


def read_found(document: Any, asked: Asked, *, domain: str, limit: int) -> Answer:
    """The people of a page. Who is known to be somewhere else by now is left out."""
    page = entries(document, "data")
    if page is None:
        raise malformed("there is no list of people", asked)
    here = [found for found in page if not _is_elsewhere(found, domain)]
    people = read_people(here, domain=domain, limit=limit, renamed=_renamed)
    gone = ("contact: works_elsewhere",) * (len(page) - len(here))
    return Answer(contacts=people.contacts, rejected=(*people.rejected, *gone))


def read_fields(document: Any, asked: Asked) -> dict[str, frozenset[str]]:
    """The filters that may be used, each with the values that it takes, if they are told."""
    fields = entries(document, "fields")
    if fields is None:
        raise malformed("there is no list of fields", asked)
    return {
        each["name"]: frozenset(filter(_is_text, listed(each.get("allowed_values")) or ()))
        for each in fields
        if isinstance(each, dict) and _is_text(each.get("name"))
    }


def named_in(document: Any, name: str, asked: Asked) -> str:
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        raise malformed(f"there is no {name}", asked)
    return value


def items_of(found: Answer, company: CompanyAsked, routine: Routine) -> list[dict[str, Any]]:
    """What the routine is run for: everybody of whom all is known that it takes."""
    items: dict[str, dict[str, Any]] = {}
    for contact in found.contacts:
        told = _told_of(contact, company)
        inputs = {theirs: told[ours] for ours, theirs in routine.inputs.items()}
        item_id = _item_id(contact, company)
        # Somebody who is there twice is looked up, and paid for, once: a run with an id twice would be refused.
        if all(inputs.values()) and item_id not in items:
            items[item_id] = {"id": item_id, "inputs": inputs}
    return list(items.values())


def read_rows(document: Any, asked: Asked) -> tuple[dict[str, Row], str | None]:
    """Results by the item's id, and where they go on. Of the statuses only `complete` is a good one: more may come."""
    page = entries(document, "data")
    if page is None:
        raise malformed("there is no list of results", asked)
    rows: dict[str, Row] = {}
    for found in page:
        if isinstance(found, dict) and _is_text(found.get("id")):
            result = found.get("result")
            is_good = word(found.get("status")) == "complete" and isinstance(result, dict)
            rows[found["id"]] = result if is_good else None
    cursor = document.get("cursor") if isinstance(document, dict) else None
    return rows, cursor if isinstance(cursor, str) and cursor else None


def with_addresses(
    known: Answer, company: CompanyAsked, rows: Mapping[str, Row], routine: Routine | None
) -> Answer:
    """Everybody, with the address where one was found; for whom the routine failed is said, and stays."""
    contacts: list[Contact] = []
    failed: list[str] = []
    for position, contact in enumerate(known.contacts, start=1):
        item_id = _item_id(contact, company)
        row = rows.get(item_id)
        if item_id in rows and row is None:
            failed.append(f"address of contact {position}: not_found")
        email = row.get(routine.result_email) if row and routine else None
        (read,) = read_people(
            [{**asdict(contact), "email": email}], domain=company.domain, limit=1
        ).contacts
        contacts.append(replace(contact, email=read.email))
    return replace(known, contacts=tuple(contacts), rejected=(*known.rejected, *failed))


def _item_id(contact: Contact, company: CompanyAsked) -> str:
    """As Clay's users read it in their table, where it is short enough."""
    readable = f"{company.domain}:{contact.id}"
    if len(readable) <= LONGEST_ID:
        return readable
    return str(derived_id("clay-item", company.domain, contact.id))


def _told_of(contact: Contact, company: CompanyAsked) -> dict[str, str | None]:
    first, _, last = contact.full_name.partition(" ")
    return {
        "name": contact.full_name,
        "first_name": contact.first_name or first,
        "last_name": contact.last_name or last,
        "title": contact.title,
        "linkedin_url": contact.linkedin_url,
        "domain": company.domain,
        "company": company.name,
    }


def _renamed(found: Any) -> Any:
    """A person of either search mode, under the names of our Contact."""
    if not isinstance(found, dict):
        return found
    return {
        "id": found.get("clay_profile_id"),
        "first_name": found.get("first_name"),
        "last_name": found.get("last_name"),
        "full_name": found.get("name"),
        "title": found.get("latest_experience_title") or _experience(found).get("title"),
        "linkedin_url": found.get("url"),
        "location": _place(found.get("location") or found.get("structured_location")),
    }


def _experience(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one that goes on, or the first that is told."""
    told = [one for one in listed(found.get("matched_experiences")) or () if isinstance(one, dict)]
    lasting = [one for one in told if not one.get("end_date")]
    return next(iter(lasting or told), {})


def _is_elsewhere(found: Any, domain: str) -> bool:
    """A search finds those, too, who have left, or who are at a company for another one."""
    if not isinstance(found, dict):
        return False
    theirs = found.get("domain")
    if isinstance(theirs, str) and company_domain(theirs) not in (None, domain):
        return True
    return bool(_experience(found).get("end_date"))


def _place(location: Any) -> Any:
    if not isinstance(location, dict):
        return location
    parts = [location.get("city"), location.get("state_or_province") or location.get("state")]
    return location.get("name") or ", ".join(str(part) for part in parts if _is_text(part)) or None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)

"""A lead as a company of a shop, with where it is and its first person; cut to what the fields take.

Fields are named as Shopify's complaints name them: `company.name`, `companyContact.email`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from leadstream.reading import one_line, shorten
from platform_upload.domain.drafts import Action, Draft, Fields
from platform_upload.domain.gaps import UNKNOWN
from platform_upload.domain.lead import Contact, Lead
from platform_upload.domain.places import country_code, state_code

NAME = "company.name"
NOTE = "company.note"
EXTERNAL_ID = "company.externalId"
CONTACT = "companyContact."
EMAIL = f"{CONTACT}email"
LOCATION = "companyLocation."
ADDRESS = f"{LOCATION}shippingAddress."
COUNTRY = f"{ADDRESS}countryCode"
# Not Shopify's: the address of a customer that was there before us and is a contact of the company by us.
ASSIGNED = "assignedCustomer.email"

_LENGTHS = {NAME: 255, NOTE: 5_000, f"{LOCATION}name": 255, f"{ADDRESS}city": 255}
_CONTACT_LENGTH = 255
_BETWEEN_NUMBERS = re.compile(r"[,;|\n]|\s/|/\s")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_NOT_DIALLED = re.compile(r"[\s().\-/\u00a0]")


def company_draft(lead: Lead) -> Draft:
    """A new company, whole. What is not known is left out."""
    draft = Draft(key=str(lead.id), fields={EXTERNAL_ID: str(lead.id)})
    return _add(draft, {**_company(lead), **_location(lead), **_contact(buyer(lead))})


def company_facts(lead: Lead) -> Draft:
    """What of a company is kept up to date: its name and our note."""
    return _add(Draft(key=str(lead.id), fields={}), _company(lead))


def contact_draft(lead: Lead) -> Draft | None:
    person = buyer(lead)
    return _add(Draft(key=str(lead.id), fields={}), _contact(person)) if person else None


def buyer(lead: Lead) -> Contact | None:
    """Who is written: one person, since each becomes a customer of the shop, and only with an address."""
    return next((each for each in lead.people if each.email), None)


def nested(fields: Fields) -> dict[str, Any]:
    """Dotted names as the input objects that they stand for."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        at = found
        for part in path:
            at = at.setdefault(part, {})
        at[last] = value
    return found


def without(fields: Fields, prefix: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not name.startswith(prefix)}


def _company(lead: Lead) -> dict[str, Any]:
    return {NAME: lead.company_name.strip() or lead.domain or UNKNOWN, NOTE: _note(lead)}


def _note(lead: Lead) -> str:
    """What a shop has no fields for."""
    facts = {
        "Intent": lead.score,
        "Industry": lead.industry,
        "Employees": lead.employee_count,
        "Domain": lead.domain,
    }
    known = ((name, one_line(str(value))) for name, value in facts.items() if value is not None)
    return "\n".join(f"{name}: {value}" for name, value in known if value)


def _location(lead: Lead) -> dict[str, Any]:
    """An address has a country, by its code; what is no code is left out."""
    country = country_code(lead.country)
    if country is None:
        return {}
    return {
        f"{LOCATION}name": lead.company_name.strip() or lead.domain or UNKNOWN,
        f"{ADDRESS}city": lead.city,
        f"{ADDRESS}zoneCode": state_code(lead.state, country),
        COUNTRY: country,
    }


def _contact(person: Contact | None) -> dict[str, Any]:
    if person is None:
        return {}
    first, last = person.names
    return {
        EMAIL: person.email,
        f"{CONTACT}firstName": first,
        f"{CONTACT}lastName": last,
        f"{CONTACT}title": person.title,
        f"{CONTACT}phone": person.phone,
    }


def _add(draft: Draft, values: Mapping[str, Any]) -> Draft:
    """With the values as their fields take them, and a note where that is not as we have them."""
    for name, value in _known(values):
        fitting, why = _fit(name, value)
        if fitting is None and name == EMAIL:
            # Without an address there is nobody to write.
            return _without_contact(draft, why)
        if fitting is not None:
            draft = Draft(
                key=draft.key,
                fields={**draft.fields, name: fitting},
                adjustments=draft.adjustments,
            )
        if fitting != value:
            action = Action.MENDED if fitting is not None else Action.LEFT_OUT
            draft = draft.adjusted(name, action, why)
    return draft


def _without_contact(draft: Draft, why: str) -> Draft:
    kept = Draft(key=draft.key, fields=without(draft.fields, CONTACT))
    for each in draft.adjustments:
        kept = kept.adjusted(each.field, each.action, each.said)
    return kept.adjusted(EMAIL, Action.LEFT_OUT, why)


def _known(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    texts = ((name, str(value).strip()) for name, value in values.items() if value is not None)
    return ((name, text) for name, text in texts if text)


def _fit(name: str, value: str) -> tuple[str | None, str]:
    if name == f"{CONTACT}phone":
        return _dialled(value), "we: no number that is whole with its country's code"
    if name == EMAIL:
        fits = len(value) <= _CONTACT_LENGTH
        return (value if fits else None), "we: longer than the field"
    longest = _LENGTHS.get(name, _CONTACT_LENGTH)
    return shorten(value, longest), "we: longer than the field"


def _dialled(number: str) -> str | None:
    """The first of several numbers in the only form that Shopify takes, E.164; a guess at its country is none."""
    first = _BETWEEN_NUMBERS.split(number, maxsplit=1)[0]
    digits = _NOT_DIALLED.sub("", first)
    return digits if _NUMBER.fullmatch(digits) else None

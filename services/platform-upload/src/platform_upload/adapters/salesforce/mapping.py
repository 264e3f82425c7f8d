"""A lead as a row of Salesforce's Lead object, cut to the lengths of its fields."""

import re
from typing import Any

from leadstream.reading import shorten
from platform_upload.adapters.salesforce.layout import RULES, SALES, Layout
from platform_upload.domain.drafts import Action, Draft
from platform_upload.domain.field_map import WHOLE_OR_NOT, Ours
from platform_upload.domain.gaps import UNKNOWN
from platform_upload.domain.lead import Contact, Lead

LEAD_SOURCE = "LeadStream"
OTHER_CONTACTS = "Other contacts:"

_LENGTHS = {
    "Company": 255,
    "LastName": 80,
    "FirstName": 40,
    "Title": 128,
    "Industry": 40,
    "Street": 255,
    "City": 40,
    "State": 80,
    "PostalCode": 20,
    "Country": 80,
    "Description": 32_000,
    "Email": 80,
    "Website": 255,
    "Phone": 40,
    "MobilePhone": 40,
    "Fax": 40,
}
PHONES = frozenset({"Phone", "MobilePhone", "Fax"})
_BETWEEN_NUMBERS = re.compile(r"[,;|\n]|\s/|/\s")
_LARGEST = {"NumberOfEmployees": 99_999_999, "AnnualRevenue": 10**18 - 1}


def lead_draft(lead: Lead, layout: Layout = SALES) -> Draft:
    """What is not known is left out: a null would erase what somebody typed."""
    whole = layout.fields.of_kind(*WHOLE_OR_NOT)
    draft = Draft(key=str(lead.id), fields={})
    for name, value in layout.fields.put(_values(lead, layout)).items():
        draft = _add(draft, name, value, whole=name in whole)
    return draft


def _values(lead: Lead, layout: Layout) -> dict[Ours, Any]:
    person = lead.people[0] if lead.people and layout.names_people else Contact()
    first, last = person.names
    return {
        Ours.COMPANY_NAME: lead.company_name.strip() or lead.domain or UNKNOWN,
        Ours.CONTACT_LAST_NAME: last or UNKNOWN,
        Ours.CONTACT_FIRST_NAME: first,
        Ours.CONTACT_TITLE: person.title,
        Ours.CONTACT_EMAIL: person.email,
        Ours.CONTACT_PHONE: person.phone,
        Ours.CONTACT_PROVIDER: person.provider,
        Ours.CONTACT_COLLECTED_AT: person.collected_at,
        Ours.DOMAIN: _address(lead, layout),
        Ours.INDUSTRY: lead.industry,
        Ours.EMPLOYEE_COUNT: lead.employee_count,
        Ours.REVENUE: lead.revenue,
        Ours.CITY: lead.city,
        Ours.STATE: lead.state,
        Ours.COUNTRY: lead.country,
        Ours.SOURCE: LEAD_SOURCE,
        Ours.INTENT_SCORE: lead.score.capitalize(),
        Ours.SIGNALS: _description(lead),
    }


def _address(lead: Lead, layout: Layout) -> str | None:
    """Of the website; a field of the org's own is for the domain as it is."""
    if lead.domain and layout.fields.name_of(Ours.DOMAIN) == RULES.defaults[Ours.DOMAIN]:
        return f"https://{lead.domain}"
    return lead.domain


def _add(draft: Draft, name: str, value: Any, *, whole: bool) -> Draft:
    """With the value as its field takes it, and a note where that is not as we have it."""
    fitting = _fit(name, value, whole=whole)
    if fitting in (None, ""):
        return draft.adjusted(name, Action.LEFT_OUT, f"we: {_too(value)}")
    draft = Draft(
        key=draft.key, fields={**draft.fields, name: fitting}, adjustments=draft.adjustments
    )
    if isinstance(value, str) and fitting != value.strip():
        return draft.adjusted(name, Action.MENDED, f"we: {_too(value)}")
    return draft


def _fit(name: str, value: Any, *, whole: bool) -> Any:
    if not isinstance(value, str):
        return value if abs(value) <= _LARGEST.get(name, abs(value)) else None
    longest = _LENGTHS.get(name, len(value))
    if not whole:
        return shorten(value.strip(), longest)
    # A cut address leads nowhere, or to somebody else: what is too long is left out.
    if name in PHONES and len(value) > longest:
        # The first of several numbers is one; a part of one is none.
        value = _BETWEEN_NUMBERS.split(value.strip(), maxsplit=1)[0].strip()
    return value if len(value) <= longest else None


def _too(value: object) -> str:
    return "longer than the field" if isinstance(value, str) else "more than the field holds"


def _description(lead: Lead) -> str:
    """Signals, and the people that a Lead has no fields for."""
    lines = [f"Intent: {lead.score}"]
    lines += [f"- {signal.kind} ({signal.strength})" for signal in lead.top_signals]
    others = [_line(contact) for contact in lead.people[1:]]
    return "\n".join([*lines, *([OTHER_CONTACTS, *others] if others else [])])


def _line(contact: Contact) -> str:
    parts = (contact.name, contact.title, contact.email)
    return "- " + ", ".join(part for part in parts if part)

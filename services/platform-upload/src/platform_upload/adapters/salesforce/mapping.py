"""A lead as a row of Salesforce's Lead object, cut to the lengths of its fields."""

import re
from typing import Any

from leadstream.reading import shorten
from platform_upload.domain.drafts import Action, Draft
from platform_upload.domain.gaps import UNKNOWN
from platform_upload.domain.lead import Contact, Lead

EXTERNAL_ID = "LeadStream_Lead_Id__c"
LEAD_SOURCE = "LeadStream"
OTHER_CONTACTS = "Other contacts:"
# Of one person. Where the person is another, none of them goes with what is there.
PERSON = frozenset({"FirstName", "LastName", "Title", "Email", "Phone"})

_LENGTHS = {
    "Company": 255,
    "LastName": 80,
    "FirstName": 40,
    "Title": 128,
    "Industry": 40,
    "City": 40,
    "State": 80,
    "Country": 80,
    "Description": 32_000,
}
# A cut address leads nowhere, or to somebody else: what is too long is left out.
WHOLE_OR_NOT = {"Email": 80, "Website": 255, "Phone": 40}
_BETWEEN_NUMBERS = re.compile(r"[,;|\n]|\s/|/\s")
_LARGEST = {"NumberOfEmployees": 99_999_999, "AnnualRevenue": 10**18 - 1}


def lead_draft(lead: Lead) -> Draft:
    """What is not known is left out: a null would erase what somebody typed."""
    draft = Draft(key=str(lead.id), fields={})
    for name, value in _values(lead).items():
        if value not in (None, ""):
            draft = _add(draft, name, value)
    return draft


def _values(lead: Lead) -> dict[str, Any]:
    person = lead.people[0] if lead.people else Contact()
    first, last = person.names
    return {
        "Company": lead.company_name.strip() or lead.domain or UNKNOWN,
        "LastName": last or UNKNOWN,
        "FirstName": first,
        "Title": person.title,
        "Email": person.email,
        "Phone": person.phone,
        "Website": f"https://{lead.domain}" if lead.domain else None,
        "Industry": lead.industry,
        "NumberOfEmployees": lead.employee_count,
        "AnnualRevenue": lead.revenue,
        "City": lead.city,
        "State": lead.state,
        "Country": lead.country,
        "LeadSource": LEAD_SOURCE,
        "Rating": lead.score.capitalize(),
        "Description": _description(lead),
    }


def _add(draft: Draft, name: str, value: Any) -> Draft:
    """With the value as its field takes it, and a note where that is not as we have it."""
    fitting = _fit(name, value)
    if fitting in (None, ""):
        return draft.adjusted(name, Action.LEFT_OUT, f"we: {_too(value)}")
    draft = Draft(
        key=draft.key, fields={**draft.fields, name: fitting}, adjustments=draft.adjustments
    )
    if isinstance(value, str) and fitting != value.strip():
        return draft.adjusted(name, Action.MENDED, f"we: {_too(value)}")
    return draft


def _fit(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value if abs(value) <= _LARGEST.get(name, abs(value)) else None
    longest = WHOLE_OR_NOT.get(name)
    if longest is None:
        return shorten(value.strip(), _LENGTHS.get(name, len(value)))
    if name == "Phone" and len(value) > longest:
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

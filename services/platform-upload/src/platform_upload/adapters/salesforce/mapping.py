"""A lead as a row of Salesforce's Lead object, cut to the lengths of its fields."""

from collections.abc import Mapping
from typing import Any

from platform_upload.domain.lead import Contact, Lead

EXTERNAL_ID = "LeadStream_Lead_Id__c"
LEAD_SOURCE = "LeadStream"
UNKNOWN = "[Unknown]"
REQUIRED = frozenset({"attributes", EXTERNAL_ID, "Company", "LastName"})

_LENGTHS = {
    "Company": 255,
    "LastName": 80,
    "FirstName": 40,
    "Title": 128,
    "Phone": 40,
    "Industry": 40,
    "City": 40,
    "State": 80,
    "Country": 80,
    "Description": 32_000,
}
# A cut address leads nowhere, or to somebody else: what is too long is left out.
_WHOLE_OR_NOT = {"Email": 80, "Website": 255}
_LARGEST_COUNT = 99_999_999


def lead_row(lead: Lead) -> dict[str, Any]:
    """What is not known is left out: a null would erase what somebody typed."""
    person = lead.people[0] if lead.people else Contact()
    first, last = person.names
    row: dict[str, Any] = {
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
    if (lead.employee_count or 0) > _LARGEST_COUNT:
        del row["NumberOfEmployees"]
    known = {name: _fit(name, value) for name, value in row.items()}
    return {
        "attributes": {"type": "Lead"},
        EXTERNAL_ID: str(lead.id),
        **{name: value for name, value in known.items() if value not in (None, "")},
    }


def without(row: Mapping[str, Any], fields: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in fields or name in REQUIRED}


def _fit(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    longest = _WHOLE_OR_NOT.get(name)
    if longest is not None:
        return value if len(value) <= longest else None
    return value[: _LENGTHS.get(name, len(value))].strip()


def _description(lead: Lead) -> str:
    """Signals, and the people that a Lead has no fields for."""
    lines = [f"Intent: {lead.score}"]
    lines += [f"- {signal.kind} ({signal.strength})" for signal in lead.top_signals]
    others = [_line(contact) for contact in lead.people[1:]]
    return "\n".join([*lines, *(["Other contacts:", *others] if others else [])])


def _line(contact: Contact) -> str:
    parts = (contact.name, contact.title, contact.email)
    return "- " + ", ".join(part for part in parts if part)

"""A lead as Marketo's: its primary contact, with what is known of the company."""

import re
from typing import Any

from leadstream.reading import shorten, whole_items
from platform_upload.adapters.marketo.instance import EMAIL
from platform_upload.domain.drafts import Action, Draft
from platform_upload.domain.lead import Contact, Lead

LEAD_SOURCE = "LeadStream"
# Nobody asked for mail of theirs: whoever wants to write to this person lifts it.
SUSPENDED = "marketingSuspended"
# Of one person. Where the person is another, none of them goes with what is there.
PERSON = frozenset({EMAIL, "firstName", "lastName", "title", "phone"})
COMPANY = ("company", "website", "industry", "numberOfEmployees", "annualRevenue")
FIELDS = (
    *(EMAIL, "firstName", "lastName", "title", "phone"),
    *COMPANY,
    *("city", "state", "country", "leadSource", "rating", SUSPENDED),
)
# A cut address leads nowhere, or to somebody else: what is too long is left out.
WHOLE_OR_NOT = frozenset({EMAIL, "website", "phone"})

LENGTH = 255
_LARGEST = {"numberOfEmployees": 2**31 - 1, "annualRevenue": 10**15}
# Values to look for are parted by commas, so that one in an address would make two of it.
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")


def lead_draft(lead: Lead, lookup_field: str) -> Draft:
    """What is not known is left out: a null would erase what somebody typed."""
    draft = Draft(key=str(lead.id), fields={})
    if lookup_field != EMAIL:
        draft = Draft(key=draft.key, fields={lookup_field: str(lead.id)})
    for name, value in _values(lead).items():
        if value not in (None, ""):
            draft = _add(draft, name, value)
    return draft


def _values(lead: Lead) -> dict[str, Any]:
    person = lead.people[0] if lead.people else Contact()
    first, last = person.names
    return {
        EMAIL: (person.email or "").strip(),
        "firstName": first,
        "lastName": last,
        "title": person.title,
        "phone": person.phone,
        "company": lead.company_name.strip() or lead.domain,
        "website": lead.domain,
        "industry": lead.industry,
        "numberOfEmployees": lead.employee_count,
        "annualRevenue": lead.revenue,
        "city": lead.city,
        "state": lead.state,
        "country": lead.country,
        "leadSource": LEAD_SOURCE,
        "rating": lead.score,
        SUSPENDED: True,
    }


def _add(draft: Draft, name: str, value: Any) -> Draft:
    """With the value as its field takes it, and a note where that is not as we have it."""
    fitting = _fit(name, value)
    if fitting in (None, ""):
        return draft.adjusted(name, Action.LEFT_OUT, f"we: {_why(name, value)}")
    draft = Draft(
        key=draft.key, fields={**draft.fields, name: fitting}, adjustments=draft.adjustments
    )
    if isinstance(value, str) and fitting != value.strip():
        return draft.adjusted(name, Action.MENDED, f"we: {_why(name, value)}")
    return draft


def _fit(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value if value <= _LARGEST.get(name, value) else None
    if name == EMAIL and not _ADDRESS.fullmatch(value):
        return None
    if name == "phone":
        return whole_items(value.strip(), LENGTH)
    if name in WHOLE_OR_NOT:
        return value if len(value) <= LENGTH else None
    return shorten(value.strip(), LENGTH)


def _why(name: str, value: object) -> str:
    if isinstance(value, str) and len(value) > LENGTH:
        return "longer than the field"
    return "no address" if name == EMAIL else "more than the field holds"

"""A lead as those elements of an Organization that are ours to write: no signals, and of people what was asked for."""

from typing import Any, Final

from leadstream.reading import clean, is_blank, shorten
from platform_upload.adapters.fhir.saved import Contacts
from platform_upload.adapters.lengths import cut_to
from platform_upload.domain.drafts import Action, Complaint, Draft, Fields, Form
from platform_upload.domain.gaps import UNKNOWN
from platform_upload.domain.lead import Lead
from platform_upload.domain.places import country_code, state_code

NAME: Final = "name"
ACTIVE: Final = "active"
TYPE: Final = "type"
INTENT: Final = "meta.tag"
WEBSITE: Final = "telecom.url"
CITY, STATE, COUNTRY = PLACE = ("address.city", "address.state", "address.country")
CONTACT_NAME, CONTACT_EMAIL, CONTACT_PHONE = PERSON = (
    "contact.name",
    "contact.email",
    "contact.phone",
)

# FHIR sets no limit; no name or place is longer, and databases below it have theirs.
_LONGEST = 500
# A part of an address leads nowhere, or to somebody else.
_WHOLE_OR_NOT = frozenset({WEBSITE, CONTACT_EMAIL, CONTACT_PHONE})


def lead_draft(lead: Lead, contacts: Contacts) -> Draft:
    """What is not known is left out."""
    draft = Draft(key=str(lead.id), fields={})
    for name, value in (_company(lead) | _person(lead, contacts)).items():
        if value is not None:
            draft = _add(draft, name, value)
    return draft


def _company(lead: Lead) -> dict[str, Any]:
    named = next((n for n in (lead.company_name, lead.domain) if n and not is_blank(n)), UNKNOWN)
    country = country_code(lead.country)
    return {
        NAME: named,
        ACTIVE: True,
        TYPE: "bus",
        INTENT: lead.score,
        WEBSITE: f"https://{lead.domain}" if lead.domain else None,
        CITY: lead.city,
        STATE: state_code(lead.state, country) or lead.state,
        COUNTRY: country or lead.country,
    }


def _person(lead: Lead, contacts: Contacts) -> dict[str, Any]:
    """The primary contact's: nobody else's is necessary."""
    if contacts is Contacts.NONE or not lead.people:
        return {}
    person = lead.people[0]
    if contacts is Contacts.NAMES:
        return {CONTACT_NAME: person.name}
    return {CONTACT_NAME: person.name, CONTACT_EMAIL: person.email, CONTACT_PHONE: person.phone}


def _add(draft: Draft, name: str, value: Any) -> Draft:
    """With the value as FHIR takes it, and a note where that is not as we have it."""
    if not isinstance(value, str):
        return _with(draft, name, value)
    text = clean(value).strip()
    if not text or is_blank(text):
        return draft
    if name in _WHOLE_OR_NOT:
        unfit = len(text) > _LONGEST or (name != CONTACT_PHONE and len(text.split()) > 1)
        if unfit:
            return draft.adjusted(name, Action.LEFT_OUT, "we: no address that FHIR takes")
        return _with(draft, name, text)
    fitting = shorten(text, _LONGEST)
    draft = _with(draft, name, fitting)
    if fitting != text:
        return draft.adjusted(name, Action.MENDED, f"we: longer than {_LONGEST} characters")
    return draft


def _with(draft: Draft, name: str, value: Any) -> Draft:
    return Draft(key=draft.key, fields={**draft.fields, name: value}, adjustments=draft.adjustments)


def _mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    value = fields[name]
    if not isinstance(value, str) or name in _WHOLE_OR_NOT:
        return None
    shorter = cut_to(value, complaint.message)
    return {**fields, name: shorter} if shorter else None


ORGANIZATION = Form(required=frozenset({NAME}), mend=_mend)

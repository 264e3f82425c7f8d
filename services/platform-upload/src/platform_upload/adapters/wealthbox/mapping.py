"""A lead as Wealthbox's contacts: an Organization, and a Person for each of its people with an address.

Nothing of anybody's money or birth is written: neither the company's revenue nor a person's income, and no date.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from leadstream.reading import one_line, shorten
from platform_upload.adapters.lengths import cut_to
from platform_upload.adapters.wealthbox.nested import EMAIL, body_of
from platform_upload.domain.drafts import Action, Complaint, Draft, Fields, Form
from platform_upload.domain.gaps import UNKNOWN, digest
from platform_upload.domain.lead import Contact, Lead

TAG = "LeadStream"
CONTACT_TYPE = "Prospect"
# As a text column of theirs is at least; what is still too long is cut to the length that the refusal names.
LONGEST = 255
LONGEST_BACKGROUND = 32_000
# Cut, they would lead nowhere, or to somebody else.
_WHOLE_OR_NOT = frozenset({"email", "phone", "website"})
_BETWEEN_NUMBERS = re.compile(r"[,;|\n]|\s/|/\s")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of contact, as far as we write it."""

    type: str
    form: Form
    # Ours to say once, for what is new: what becomes of it afterwards is up to who works there. A list of tags that is
    # sent replaces all that there are.
    only_new: frozenset[str]


def _mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
    value = fields[name]
    if complaint.absent or name in _WHOLE_OR_NOT or not isinstance(value, str):
        return None
    shorter = cut_to(value, complaint.message)
    return {**fields, name: shorter} if shorter else None


ORGANIZATION = Kind(
    "Organization",
    Form(required=frozenset({"name"}), mend=_mend),
    frozenset({"contact_type", "contact_source", "tags"}),
)
PERSON = Kind(
    "Person",
    Form(required=frozenset({"last_name"}), mend=_mend),
    frozenset({"contact_type"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A contact as it should be there."""

    kind: Kind
    # Its `external_unique_id`.
    key: str
    draft: Draft
    # What tells its digests from those of the lead's other contacts, without naming anybody.
    of: str = ""

    def is_it(self, record: Mapping[str, object]) -> bool:
        return record.get("external_unique_id") == self.key

    def new_body(self, fields: Fields) -> Mapping[str, object]:
        return {"type": self.kind.type, "external_unique_id": self.key, **body_of(fields, {})}


def organization(lead: Lead) -> Wanted:
    draft = _drafted(
        str(lead.id),
        name=lead.company_name.strip() or lead.domain or UNKNOWN,
        contact_type=CONTACT_TYPE,
        contact_source="Other",
        background_information=_background(lead),
        website=f"https://{lead.domain}" if lead.domain else None,
        city=lead.city,
        state=lead.state,
        country=lead.country,
    )
    draft = Draft(
        key=draft.key, fields={**draft.fields, "tags": [TAG]}, adjustments=draft.adjustments
    )
    return Wanted(kind=ORGANIZATION, key=draft.key, draft=draft)


def person(lead: Lead, contact: Contact, email: str) -> Wanted:
    first, last = contact.names
    key = person_key(lead.id, email)
    draft = _drafted(
        key,
        first_name=first,
        last_name=last or UNKNOWN,
        job_title=contact.title,
        company_name=lead.company_name.strip() or lead.domain,
        contact_type=CONTACT_TYPE,
        email=email,
        phone=contact.phone,
    )
    return Wanted(kind=PERSON, key=key, draft=draft, of=digests_of(lead.id, email))


def person_key(lead: UUID, email: str) -> str:
    return f"{lead}:{email.casefold()}"


def digests_of(lead: UUID, email: str) -> str:
    return f"contact {digest(lead, 'email', email)}."


def _background(lead: Lead) -> str:
    lines = [f"- {one_line(signal.kind)} ({signal.strength})" for signal in lead.top_signals]
    return "\n".join([f"Intent: {lead.score}", *lines])


def _drafted(key: str, **values: str | None) -> Draft:
    """What is known, as its fields take it, with a note where that is not as we have it."""
    draft = Draft(key=key, fields={})
    for name, value in values.items():
        text = (value or "").strip()
        if not text:
            continue
        fitting = _fit(name, text)
        if fitting:
            fields = {**draft.fields, name: fitting}
            draft = Draft(key=key, fields=fields, adjustments=draft.adjustments)
        if fitting != text:
            action = Action.MENDED if fitting else Action.LEFT_OUT
            draft = draft.adjusted(name, action, "we: longer than the field")
    return draft


def _fit(name: str, text: str) -> str | None:
    if name not in _WHOLE_OR_NOT:
        return shorten(text, LONGEST_BACKGROUND if name == "background_information" else LONGEST)
    if name == "phone" and len(text) > LONGEST:
        # The first of several numbers is one; a part of one is none.
        text = _BETWEEN_NUMBERS.split(text, maxsplit=1)[0].strip()
    return text if len(text) <= LONGEST else None


def has_address(record: Mapping[str, object], email: str) -> bool:
    found = (EMAIL.values(item).get("email") for item in EMAIL.items(record) or ())
    return email.casefold() in {str(each).strip().casefold() for each in found}

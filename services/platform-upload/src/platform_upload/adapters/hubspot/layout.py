"""What of a lead goes out with one connection, under which of HubSpot's names, and to whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platform_upload.adapters.mapped import Rules, field_map, given_fields, setting
from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.field_map import FieldMap, Ours

LEAD_ID = "leadstream_lead_id"
INTENT_SCORE = "leadstream_intent_score"
TOP_SIGNALS = "leadstream_top_signals"
OWNER = "hubspot_owner_id"

RULES = Rules(
    defaults={
        Ours.COMPANY_NAME: "name",
        Ours.DOMAIN: "domain",
        Ours.INDUSTRY: "industry",
        Ours.EMPLOYEE_COUNT: "numberofemployees",
        Ours.REVENUE: "annualrevenue",
        Ours.CITY: "city",
        Ours.STATE: "state",
        Ours.COUNTRY: "country",
        Ours.INTENT_SCORE: INTENT_SCORE,
        Ours.SIGNALS: TOP_SIGNALS,
        Ours.CONTACT_EMAIL: "email",
        Ours.CONTACT_FIRST_NAME: "firstname",
        Ours.CONTACT_LAST_NAME: "lastname",
        Ours.CONTACT_TITLE: "jobtitle",
        Ours.CONTACT_PHONE: "phone",
    },
    # By these a company, and a contact, is known again.
    fixed=frozenset({Ours.COMPANY_NAME, Ours.DOMAIN, Ours.CONTACT_EMAIL}),
    grammar=re.compile(r"[a-z][a-z0-9_]{0,99}"),
    example="sales_region",
    taken={
        LEAD_ID: "holds our id, by which a company is known again",
        "hs_object_id": "is HubSpot's own",
        OWNER: "is set by settings.owner",
    },
    contacts_apart=True,
)
# Properties that we make.
_MADE = frozenset({INTENT_SCORE, TOP_SIGNALS})
_OWNER_ID = re.compile(r"[1-9]\d{0,19}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    # Of companies, and of contacts.
    company: FieldMap
    contact: FieldMap
    # Of the companies that are made; those that are there are whose they are.
    owner: str | None = None


def layout_of(settings: Mapping[str, Any]) -> Layout:
    """Of settings that were judged well."""
    fields, owner = field_map(settings, RULES), settings.get("owner")
    contact = frozenset(ours for ours in Ours if ours.is_of_contact)
    return Layout(
        company=fields.without(contact),
        contact=fields.without(frozenset(Ours) - contact),
        owner=str(owner) if owner is not None else None,
    )


PLAIN = layout_of({})


def check_layout(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of the settings that says what goes out; raise InvalidConnectionError."""
    owner = settings.get("owner")
    # A file may hold the digits as a number.
    wrong = isinstance(owner, bool) or not _OWNER_ID.fullmatch(str(owner))
    if owner is not None and wrong:
        reason = "is the id of one of HubSpot's owners, digits only"
        raise InvalidConnectionError(reason, field="settings.owner")
    given = given_fields(settings, RULES)
    for ours, theirs in given.get("fields", {}).items():
        if theirs in _MADE and theirs != RULES.defaults.get(Ours(ours)):
            raise InvalidConnectionError("is made for something else", field=setting(ours))
    return {
        **given,
        **({"owner": owner} if owner is not None else {}),
    }

"""What of a lead goes out with one connection, under which of Salesforce's names, and to whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from platform_upload.adapters.mapped import Rules, field_map, given_fields, setting
from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.field_map import FieldMap, Ours

EXTERNAL_ID = "LeadStream_Lead_Id__c"
NO_RULE = "FALSE"
USER, QUEUE, RULE = "005", "00G", "01Q"

RULES = Rules(
    defaults={
        Ours.COMPANY_NAME: "Company",
        Ours.CONTACT_LAST_NAME: "LastName",
        Ours.CONTACT_FIRST_NAME: "FirstName",
        Ours.CONTACT_TITLE: "Title",
        Ours.CONTACT_EMAIL: "Email",
        Ours.CONTACT_PHONE: "Phone",
        Ours.DOMAIN: "Website",
        Ours.INDUSTRY: "Industry",
        Ours.EMPLOYEE_COUNT: "NumberOfEmployees",
        Ours.REVENUE: "AnnualRevenue",
        Ours.CITY: "City",
        Ours.STATE: "State",
        Ours.COUNTRY: "Country",
        Ours.SOURCE: "LeadSource",
        Ours.INTENT_SCORE: "Rating",
        Ours.SIGNALS: "Description",
    },
    fixed=frozenset({Ours.COMPANY_NAME, Ours.CONTACT_LAST_NAME}),
    # `Region__c`, or of a package `Pkg__Region__c`.
    grammar=re.compile(
        r"(?=.{1,120}\Z)(?:(?:[A-Za-z](?:_?[A-Za-z0-9])*__){1,2}c|[A-Za-z](?:_?[A-Za-z0-9])*)"
    ),
    example="Region__c",
    taken={
        EXTERNAL_ID: "holds our id, by which a lead is known again",
        "Id": "is Salesforce's own",
        "OwnerId": "is set by settings.owner",
        "StateCode": "is found from the state where the org wants codes",
        "CountryCode": "is found from the country where the org wants codes",
    },
)
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
# Health Cloud's own fields stay empty: what is in them is about patients.
_HEALTH_CLOUD = "healthcloudga__"


class Profile(StrEnum):
    """What kind of org it is, as far as that says what may go there."""

    SALES = "sales"
    FINANCIAL_SERVICES = "financial-services"
    HEALTH_CLOUD = "health-cloud"


class Contacts(StrEnum):
    """What of a person goes to an org with patients: no more than somebody has asked for."""

    NONE = "none"
    # A Salesforce lead is a person: the name makes it one.
    NAMES = "names"
    # With the addresses that people have at work.
    BUSINESS = "business"


# Nothing financial where money is looked after, and the minimum necessary where patients are.
_WITHHELD: Mapping[Profile, frozenset[Ours]] = {
    Profile.SALES: frozenset(),
    Profile.FINANCIAL_SERVICES: frozenset({Ours.REVENUE}),
    Profile.HEALTH_CLOUD: frozenset({Ours.SIGNALS}),
}
_ADDRESSES = frozenset({Ours.CONTACT_EMAIL, Ours.CONTACT_PHONE})
# There is no lead without a last name: `none` leaves it unknown.
_KEPT_BACK: Mapping[Contacts, frozenset[Ours]] = {
    Contacts.NONE: frozenset(each for each in Ours if each.is_of_contact)
    - {Ours.CONTACT_LAST_NAME},
    Contacts.NAMES: _ADDRESSES,
    Contacts.BUSINESS: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    fields: FieldMap
    names_people: bool = True
    # Of the leads that are made; those that are there are whose they are.
    owner: str | None = None
    # What `Sforce-Auto-Assign` says when a lead is made; without it Salesforce does as it is set up.
    rule: str | None = None

    @property
    def assigns(self) -> bool:
        """Whether it matters if a lead is there already."""
        return self.assigned_by is not None

    @property
    def assigned_by(self) -> str | None:
        if self.owner:
            return "settings.owner"
        return "settings.assignment_rule" if self.rule not in (None, NO_RULE) else None

    @property
    def on_create(self) -> str | None:
        """The header for new leads. An active rule would overrule the owner."""
        return NO_RULE if self.owner else self.rule

    @property
    def on_update(self) -> str | None:
        """The header for leads that are there: people have assigned them again."""
        return NO_RULE if self.owner or self.rule else None


def layout_of(settings: Mapping[str, Any]) -> Layout:
    """Of settings that were judged well."""
    rule = settings.get("assignment_rule")
    return Layout(
        fields=field_map(settings, RULES).without(_withheld(settings)),
        names_people=_contacts(settings) is not Contacts.NONE,
        owner=settings.get("owner"),
        rule=_rule(rule) if rule is not None else None,
    )


def check_layout(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of the settings that says what goes out; raise InvalidConnectionError."""
    return {
        **_check_profile(settings),
        **_check_fields(settings),
        **_check_owner(settings),
        **_check_rule(settings),
    }


def _withheld(settings: Mapping[str, Any]) -> frozenset[Ours]:
    return _WITHHELD[_profile(settings)] | _KEPT_BACK[_contacts(settings)]


def _profile(settings: Mapping[str, Any]) -> Profile:
    return Profile(settings.get("profile") or Profile.SALES)


def _contacts(settings: Mapping[str, Any]) -> Contacts:
    if _profile(settings) is not Profile.HEALTH_CLOUD:
        return Contacts.BUSINESS
    return Contacts(settings.get("contacts") or Contacts.NAMES)


def _check_profile(settings: Mapping[str, Any]) -> Mapping[str, str]:
    said = {}
    for name, words in (("profile", Profile), ("contacts", Contacts)):
        value = settings.get(name)
        if value is None:
            continue
        if value not in list(words):
            raise InvalidConnectionError(f"is none of {', '.join(words)}", field=f"settings.{name}")
        said[name] = str(value)
    if "contacts" in said and said.get("profile") != Profile.HEALTH_CLOUD:
        reason = f"is for the profile {Profile.HEALTH_CLOUD}: others send all of a contact"
        raise InvalidConnectionError(reason, field="settings.contacts")
    return said


def _check_fields(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    given = given_fields(settings, RULES)
    withheld = _withheld(settings)
    for ours, theirs in given.get("fields", {}).items():
        if theirs is None:
            continue
        if ours in withheld:
            reason = f"is not sent with the profile {_profile(settings)}"
            raise InvalidConnectionError(reason, field=setting(ours))
        if theirs.casefold().startswith(_HEALTH_CLOUD):
            reason = "is a field of Health Cloud's own: those stay empty"
            raise InvalidConnectionError(reason, field=setting(ours))
    return given


def _check_owner(settings: Mapping[str, Any]) -> Mapping[str, str]:
    owner = settings.get("owner")
    if owner is None:
        return {}
    if not _is_id(owner, USER, QUEUE):
        reason = "is the id of a user or a queue, 15 or 18 characters from 005 or 00G on"
        raise InvalidConnectionError(reason, field="settings.owner")
    if settings.get("assignment_rule") is not None:
        reason = "says who gets a lead, and so does settings.owner: one of them is enough"
        raise InvalidConnectionError(reason, field="settings.assignment_rule")
    return {"owner": owner}


def _check_rule(settings: Mapping[str, Any]) -> Mapping[str, str | bool]:
    rule = settings.get("assignment_rule")
    if rule is None:
        return {}
    if not isinstance(rule, bool) and not _is_id(rule, RULE) and _rule(rule) not in _SWITCHES:
        reason = "is the id of an assignment rule (15 or 18 characters from 01Q on), TRUE or FALSE"
        raise InvalidConnectionError(reason, field="settings.assignment_rule")
    return {"assignment_rule": rule}


_SWITCHES = frozenset({"TRUE", NO_RULE})


def _is_id(value: object, *prefixes: str) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value)) and value.startswith(prefixes)


def _rule(rule: object) -> str:
    """As the header takes it; a file may hold a truth instead of the word."""
    said = str(rule)
    return said.upper() if said.upper() in _SWITCHES else said


SALES = layout_of({})

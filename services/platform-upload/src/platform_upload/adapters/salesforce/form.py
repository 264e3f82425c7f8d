"""What a Lead must have, which of its fields Salesforce refuses, and how their values are mended."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from platform_upload.adapters.lengths import cut_to
from platform_upload.adapters.salesforce.layout import EXTERNAL_ID, RULES, SALES, Layout
from platform_upload.domain.drafts import Complaint, Fields, Form
from platform_upload.domain.field_map import WHOLE_OR_NOT
from platform_upload.domain.places import country_code, state_code

_REQUIRED = frozenset(RULES.defaults[ours] for ours in RULES.fixed)
_CODES = {"State": "StateCode", "Country": "CountryCode"}
_FIELDS = (
    *("Company", "LastName", "FirstName", "Title", "Email", "Phone", "Website", "Industry"),
    *("NumberOfEmployees", "AnnualRevenue", "City", "State", "StateCode", "Country", "CountryCode"),
    *("LeadSource", "Rating", "Description"),
)
# Those, and fields of the org's own.
_NAME = re.compile(rf"\b({'|'.join(_FIELDS)}|[A-Za-z]\w*__c)\b")
# The query itself may stand before it, with all its names.
_NO_COLUMN = re.compile(r"No such column '(\w+)'")
_LABELS = {
    "No. of Employees": "NumberOfEmployees",
    "Employees": "NumberOfEmployees",
    "Annual Revenue": "AnnualRevenue",
    "Last Name": "LastName",
    "First Name": "FirstName",
    "Lead Source": "LeadSource",
    "State/Province": "State",
}
# There is no such field, or not for this user.
_ABSENT = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
# About values, also where no field is named.
VALUE_CODES = _ABSENT | {
    "DATA_TOO_LARGE",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "FIELD_FILTER_VALIDATION_EXCEPTION",
    "FIELD_INTEGRITY_EXCEPTION",
    "INVALID_CROSS_REFERENCE_KEY",
    "INVALID_EMAIL_ADDRESS",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "JSON_PARSER_ERROR",
    "MALFORMED_ID",
    "NUMBER_OUTSIDE_VALID_RANGE",
    "STRING_TOO_LONG",
}
# They name fields, and no value in them is to blame.
_NOT_VALUES = frozenset(
    {"REQUIRED_FIELD_MISSING", "DUPLICATE_EXTERNAL_ID", "DUPLICATE_VALUE", "MISSING_ARGUMENT"}
)

# What the org's own code ran into, within the error of the row; its fields are at the end.
_NESTED = re.compile(r"\bfirst error: ([A-Z_]+), .*: \[([\w, ]*)\]", re.DOTALL)


def complaints_of(errors: Sequence[Any]) -> tuple[Complaint, ...]:
    """One for each field that the errors of a row, or of a call, are about."""
    found = [each for error in errors if isinstance(error, Mapping) for each in _complaints(error)]
    named = [each for each in found if each.field is not None]
    return tuple(named or found)


def field_of(errors: Sequence[Any]) -> str | None:
    """The field that a row is refused for, also where no value in it is to blame."""
    listed = [name for each in errors if isinstance(each, Mapping) for name in _listed(each)]
    return next(iter(listed), None)


def code_of(error: Mapping[str, Any]) -> str:
    """Its code; where a trigger passes on an error about values, that one's."""
    nested = _nested(error)
    return nested[1] if nested else _outer_code(error)


def _outer_code(error: Mapping[str, Any]) -> str:
    return str(error.get("statusCode") or error.get("errorCode") or "")


def _nested(error: Mapping[str, Any]) -> re.Match[str] | None:
    if _outer_code(error) in VALUE_CODES | _NOT_VALUES:
        return None
    found = _NESTED.search(str(error.get("message") or ""))
    return found if found and found[1] in VALUE_CODES else None


def _complaints(error: Mapping[str, Any]) -> list[Complaint]:
    code = code_of(error)
    message = str(error.get("message") or "")
    names = _listed(error) or _NO_COLUMN.findall(message)
    if code in _NOT_VALUES or EXTERNAL_ID in names:
        return []
    # What a trigger writes may be another record: its values are ours only where it names a field of ours.
    if not names and code in VALUE_CODES and not _nested(error):
        names = _named_in(message)
        if not names and code not in _ABSENT:
            return [Complaint(field=None, code=code, message=message)]
    return [Complaint(field=n, code=code, message=message, absent=code in _ABSENT) for n in names]


def _listed(error: Mapping[str, Any]) -> list[str]:
    listed, nested = error.get("fields"), _nested(error)
    if isinstance(listed, list) and listed:
        return [str(each) for each in listed]
    return [name.strip() for name in nested[2].split(",") if name.strip()] if nested else []


def _named_in(message: str) -> list[str]:
    labelled = [name for label, name in _LABELS.items() if label in message]
    names = (name for name in _NAME.findall(message) if name != EXTERNAL_ID)
    return [*dict.fromkeys([*labelled, *names])]


def lead_form(layout: Layout) -> Form:
    """What a lead must have, and how its fields are mended under the names that they have in this org."""
    whole = layout.fields.of_kind(*WHOLE_OR_NOT)

    def mend(name: str, fields: Fields, complaint: Complaint) -> Fields | None:
        if complaint.absent:
            return None
        if name in _CODES:
            return _with_codes(fields)
        value = fields[name]
        if isinstance(value, str) and name not in whole:
            shorter = cut_to(value, complaint.message)
            return {**fields, name: shorter} if shorter else None
        return None

    origins = {EXTERNAL_ID: "id", **layout.fields.origins(people="primary_contact")}
    return Form(required=_REQUIRED, mend=mend, codes=_CODES, origins=origins)


def _with_codes(fields: Fields) -> Fields | None:
    """State and country by their codes, as orgs with lists of them want it; no state that goes with no country."""
    country = country_code(fields.get("Country") or fields.get("CountryCode"))
    if country is None:
        return None
    state = state_code(fields.get("State"), country)
    rest = {name: value for name, value in fields.items() if name not in _CODES}
    return {**rest, "CountryCode": country, **({"StateCode": state} if state else {})}


LEAD = lead_form(SALES)

"""The fields of a Lead, and what is wrong with a row."""

import re
from dataclasses import dataclass

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.salesforce.errors import row_error
from leadstream_dev.sandbox.providers.salesforce.sessions import SalesforceOptions

MAX_INTEGER = 99_999_999

_EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}$")


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str = "string"
    length: int = 255
    required: bool = False
    external_id: bool = False

    def fits(self, value: object) -> bool:
        """Whether JSON of this type can be read into the field at all."""
        if value is None:
            return True
        match self.type:
            case "int":
                return isinstance(value, int) and not isinstance(value, bool)
            case "double":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "boolean":
                return isinstance(value, bool)
        return isinstance(value, str)

    def shown(self) -> JsonObject:
        return {
            "name": self.name,
            "type": self.type,
            "length": self.length if self.type == "string" else 0,
            "nillable": not self.required,
            "externalId": self.external_id,
            "unique": self.external_id,
            "createable": True,
            "updateable": True,
        }


def lead_fields(options: SalesforceOptions) -> dict[str, Field]:
    """The fields that the user sees."""
    texts = {
        "FirstName": 40,
        "Salutation": 40,
        "Title": 128,
        "Email": 80,
        "Phone": 40,
        "MobilePhone": 40,
        "Website": 255,
        "Industry": 40,
        "LeadSource": 40,
        "Rating": 40,
        "Status": 40,
        "Street": 255,
        "City": 40,
        "State": 80,
        "PostalCode": 20,
        "Country": 80,
        "Description": 32_000,
    }
    if options.state_country_picklists:
        texts |= {"StateCode": 10, "CountryCode": 10}
    texts |= {name: length for name, length in options.lengths.items() if name in texts}
    known = [
        Field("Company", required=True),
        Field("LastName", length=80, required=True),
        *(Field(name, length=length) for name, length in texts.items()),
        Field("NumberOfEmployees", type="int"),
        Field("AnnualRevenue", type="double"),
        Field("DoNotCall", type="boolean"),
        Field("HasOptedOutOfEmail", type="boolean"),
        *(Field(name, length=32_000) for name in options.custom_fields),
        *(Field(name, external_id=True) for name in options.external_ids),
    ]
    return {field.name: field for field in known if field.name not in options.hidden}


def wrong_with(
    row: JsonObject,
    fields: dict[str, Field],
    options: SalesforceOptions,
    *,
    is_new: bool,
) -> list[JsonObject]:
    """The errors of one row, as Salesforce lists them."""
    missing = [
        field.name
        for field in fields.values()
        if field.required and not str(row.get(field.name) or "").strip()
        if is_new or field.name in row
    ]
    if missing:
        listed = ", ".join(missing)
        return [
            row_error(
                "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{listed}]", *missing
            )
        ]
    read_only = [name for name in options.read_only if name in row]
    if read_only:
        listed = ", ".join(read_only)
        said = f"Unable to create/update fields: {listed}. Please check the security settings of this field"
        return [row_error("INVALID_FIELD_FOR_INSERT_UPDATE", said, *read_only)]
    for name, value in row.items():
        if value is not None and name in fields:
            problem = _value_error(fields[name], value, options.restricted_picklists.get(name))
            if problem:
                return [problem]
    for rule in options.rules:
        if row.get(rule.field) is not None and rule.value in (None, row[rule.field]):
            return [row_error(rule.code, rule.message, *rule.named)]
    return []


def _value_error(field: Field, value: object, picklist: list[str] | None) -> JsonObject | None:
    name = field.name
    if isinstance(value, str) and len(value) > field.length:
        shown = f"{value[:40]} (max length={field.length})"
        return row_error("STRING_TOO_LONG", f"{name}: data value too large: {shown}", name)
    if name == "Email" and not _EMAIL.match(str(value)):
        return row_error("INVALID_EMAIL_ADDRESS", f"Email: invalid email address: {value}", name)
    if field.type == "int" and isinstance(value, int) and abs(value) > MAX_INTEGER:
        return row_error(
            "NUMBER_OUTSIDE_VALID_RANGE", f"{name}: value outside of valid range", name
        )
    if picklist is not None and value not in picklist:
        code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        return row_error(code, f"{name}: bad value for restricted picklist field: {value}", name)
    return None

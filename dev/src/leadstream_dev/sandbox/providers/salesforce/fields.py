"""The fields of a Lead, and what is wrong with a row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.salesforce.errors import row_error
from leadstream_dev.sandbox.providers.salesforce.sessions import SalesforceOptions

MAX_INTEGER = 99_999_999

_EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}$")


_TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "picklist", "multipicklist"})
_DECIMALS = frozenset({"double", "currency", "percent"})


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str = "string"
    length: int = 255
    required: bool = False
    external_id: bool = False
    unique: bool = False
    createable: bool = True
    updateable: bool = True
    # The words of its list, where it has one, and whether it takes no others.
    picklist: tuple[str, ...] = ()
    restricted: bool = False

    def fits(self, value: object) -> bool:
        """Whether JSON of this type can be read into the field at all."""
        if value is None:
            return True
        if self.type == "int":
            return isinstance(value, int) and not isinstance(value, bool)
        if self.type in _DECIMALS:
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.type == "boolean":
            return isinstance(value, bool)
        if self.type in ("date", "datetime"):
            return isinstance(value, str) and _is_date(value)
        return isinstance(value, str)

    def shown(self) -> JsonObject:
        return {
            "name": self.name,
            "label": self.name.removesuffix("__c").replace("_", " "),
            "type": self.type,
            "length": self.length if self.type in _TEXTS else 0,
            "nillable": not self.required,
            "externalId": self.external_id,
            "unique": self.unique or self.external_id,
            "createable": self.createable,
            "updateable": self.updateable,
            "custom": self.name.endswith("__c"),
            "restrictedPicklist": self.restricted,
            "picklistValues": [
                {"value": word, "label": word, "active": True, "defaultValue": False}
                for word in self.picklist
            ],
        }


def lead_fields(options: SalesforceOptions) -> dict[str, Field]:
    """The fields that the user sees."""
    known = {field.name: field for field in _known(options) if field.name not in options.hidden}
    for name in options.read_only:
        if name in known:
            known[name] = replace(known[name], createable=False, updateable=False)
    for name, words in options.restricted_picklists.items():
        if name in known:
            known[name] = replace(
                known[name], type="picklist", picklist=tuple(words), restricted=True
            )
    return known


def _known(options: SalesforceOptions) -> Iterator[Field]:
    yield from (
        replace(field, length=options.lengths.get(field.name, field.length)) for field in _STANDARD
    )
    if options.state_country_picklists:
        yield from (Field("StateCode", length=10), Field("CountryCode", length=10))
    for custom in options.custom_fields:
        if isinstance(custom, str):
            yield Field(custom, type="textarea", length=32_000)
        else:
            yield Field(**{**custom.model_dump(), "picklist": tuple(custom.picklist)})
    yield from (Field(name, external_id=True) for name in options.external_ids)


_STANDARD = (
    Field("Company", required=True),
    Field("LastName", length=80, required=True),
    Field("FirstName", length=40),
    Field("Salutation", "picklist", 40, picklist=("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.")),
    Field("Title", length=128),
    Field("Email", "email", 80),
    Field("Phone", "phone", 40),
    Field("MobilePhone", "phone", 40),
    Field("Website", "url"),
    Field("Industry", "picklist", 40, picklist=("Banking", "Finance", "Technology")),
    Field("LeadSource", "picklist", 40, picklist=("Web", "Other")),
    Field("Rating", "picklist", 40, picklist=("Hot", "Warm", "Cold")),
    Field("Status", "picklist", 40, picklist=("Open - Not Contacted", "Working - Contacted")),
    Field("Street", "textarea"),
    Field("City", length=40),
    Field("State", length=80),
    Field("PostalCode", length=20),
    Field("Country", length=80),
    Field("Description", "textarea", 32_000),
    Field("NumberOfEmployees", "int"),
    Field("AnnualRevenue", "currency"),
    Field("DoNotCall", "boolean"),
    Field("HasOptedOutOfEmail", "boolean"),
    Field("OwnerId", "reference", 18),
    Field("IsConverted", "boolean", createable=False, updateable=False),
    Field("CreatedDate", "datetime", createable=False, updateable=False),
)


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


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
    read_only = [name for name in row if not _is_writable(fields.get(name), is_new=is_new)]
    if read_only:
        listed = ", ".join(read_only)
        said = f"Unable to create/update fields: {listed}. Please check the security settings of this field"
        return [row_error("INVALID_FIELD_FOR_INSERT_UPDATE", said, *read_only)]
    for name, value in row.items():
        if value is not None and name in fields:
            problem = _value_error(fields[name], value)
            if problem:
                return [problem]
    for rule in options.rules:
        if row.get(rule.field) is not None and rule.value in (None, row[rule.field]):
            return [row_error(rule.code, rule.message, *rule.named)]
    return []


def _is_writable(field: Field | None, *, is_new: bool) -> bool:
    return field is None or (field.createable if is_new else field.updateable)


def _value_error(field: Field, value: object) -> JsonObject | None:
    name = field.name
    if isinstance(value, str) and field.type in _TEXTS and len(value) > field.length:
        shown = f"{value[:40]} (max length={field.length})"
        return row_error("STRING_TOO_LONG", f"{name}: data value too large: {shown}", name)
    if field.type == "email" and not _EMAIL.match(str(value)):
        return row_error("INVALID_EMAIL_ADDRESS", f"{name}: invalid email address: {value}", name)
    if field.type == "int" and isinstance(value, int) and abs(value) > MAX_INTEGER:
        return row_error(
            "NUMBER_OUTSIDE_VALID_RANGE", f"{name}: value outside of valid range", name
        )
    if field.restricted and value not in field.picklist:
        code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        return row_error(code, f"{name}: bad value for restricted picklist field: {value}", name)
    return None

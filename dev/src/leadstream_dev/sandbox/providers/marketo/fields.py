"""The fields of a lead, and what is wrong with a record."""

from dataclasses import dataclass

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.marketo.answers import skipped
from leadstream_dev.sandbox.providers.marketo.options import MarketoOptions

MAX_INTEGER = 2**31 - 1
COMPANY = frozenset({"company", "website", "industry", "numberOfEmployees", "annualRevenue"})


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str = "string"
    length: int = 255
    updateable: bool = True
    searchable: bool = False

    def problem(self, value: object) -> str | None:
        if value is None:
            return None
        if not self._fits(value):
            return f"Invalid value '{value}'. Required of type '{self.type}'"
        if isinstance(value, str) and len(value) > self.length:
            return f"Invalid value for field '{self.name}': longer than {self.length} characters"
        return None

    def shown(self) -> JsonObject:
        length = {"length": self.length} if self.type in {"string", "email", "phone"} else {}
        return {
            "name": self.name,
            "displayName": self.name,
            "dataType": self.type,
            **length,
            "updateable": self.updateable,
            "crmManaged": False,
        }

    def _fits(self, value: object) -> bool:
        match self.type:
            case "integer":
                whole = isinstance(value, int) and not isinstance(value, bool)
                return whole and abs(int(str(value))) <= MAX_INTEGER
            case "currency":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "boolean":
                return isinstance(value, bool)
            case "email":
                return isinstance(value, str) and value.count("@") == 1 and " " not in value
        return isinstance(value, str)


def lead_fields(options: MarketoOptions) -> dict[str, Field]:
    """The fields that the instance has."""
    texts = (
        *("firstName", "middleName", "lastName", "salutation", "title", "department"),
        *("company", "website", "industry", "address", "city", "state", "country"),
        *("postalCode", "leadSource", "rating", "leadStatus"),
    )
    known = [
        Field("id", "integer", updateable=False, searchable=True),
        Field("email", "email", searchable=True),
        *(Field(name) for name in texts),
        *(Field(name, "phone") for name in ("phone", "mobilePhone", "fax")),
        *(Field(name, "integer") for name in ("numberOfEmployees", "leadScore")),
        Field("annualRevenue", "currency"),
        *(Field(name, "boolean") for name in ("marketingSuspended", "unsubscribed")),
        *(Field(name) for name in options.custom_fields),
        *(Field(name, searchable=True) for name in options.dedupe_fields),
    ]
    return {
        field.name: _as_here(field, options) for field in known if field.name not in options.hidden
    }


def problem_of(
    record: JsonObject, options: MarketoOptions, fields: dict[str, Field]
) -> JsonObject | None:
    """How a record is skipped, if it is."""
    for name, value in record.items():
        said = fields[name].problem(value)
        if said:
            return skipped(1001, said)
    if options.company_is_the_crms and not COMPANY.isdisjoint(record):
        return skipped(1021, "Company update not allowed")
    for rule in options.rules:
        if record.get(rule.field) is not None and rule.value in (None, record[rule.field]):
            return skipped(rule.code, rule.message)
    return None


def _as_here(field: Field, options: MarketoOptions) -> Field:
    length = options.lengths.get(field.name, field.length)
    updateable = field.updateable and field.name not in options.read_only
    return Field(field.name, field.type, length, updateable, field.searchable)

"""HubSpot's properties: which there are, what they may hold, and what a portal adds."""

import re
from dataclasses import dataclass, field
from importlib.resources import files

from pydantic import BaseModel, Field, model_validator

from leadstream_dev.sandbox.exchange import JsonObject

TYPES = {
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "bool": {"booleancheckbox", "calculation_equation"},
    "phone_number": {"phonenumber"},
}
OBJECT_TYPE_IDS = {"contacts": "0-1", "companies": "0-2"}
MAX_TEXT = 65_536
OWNER = "hubspot_owner_id"

_EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}$")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")

# HubSpot's own list, in its own order.
_INDUSTRIES = files(__package__).joinpath("industries.txt").read_text(encoding="utf-8").split()
_LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """HubSpot's word for what is wrong with a value, and its sentence."""

    code: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    name: str
    type: str = "string"
    field_type: str = "text"
    label: str = ""
    group: str = ""
    unique: bool = False
    options: tuple[str, ...] = ()
    defined_by_hubspot: bool = False
    read_only: bool = False

    def problem(self, value: str) -> "Problem | None":
        """Why `value` can't be stored, or None."""
        if self.read_only:
            return Problem("READ_ONLY_VALUE", f"{self.name} is a read only property")
        if value == "":
            return None
        if self.name == "email" and not _EMAIL.match(value):
            return Problem("INVALID_EMAIL", f"Email address {value} is invalid")
        if self.type == "number" and not _NUMBER.match(value):
            return Problem("INVALID_LONG", f"{value} was not a valid long.")
        if self.type in ("bool",) and value not in ("true", "false"):
            return Problem("INVALID_BOOLEAN", f"{value} was not a valid boolean.")
        if self.options and any(part not in self.options for part in value.split(";")):
            allowed = ", ".join(self.options)
            said = f"{value} was not one of the allowed options: [{allowed}]"
            return Problem("INVALID_OPTION", said)
        if len(value) > MAX_TEXT:
            return Problem("VALUE_TOO_LONG", f"Property value is too long. Limit: {MAX_TEXT}")
        return None

    def shown(self) -> JsonObject:
        return {
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": self.group,
            "hasUniqueValue": self.unique,
            "hubspotDefined": self.defined_by_hubspot,
            "archived": False,
            "calculated": False,
            "modificationMetadata": {
                "archivable": not self.defined_by_hubspot,
                "readOnlyDefinition": self.defined_by_hubspot,
                "readOnlyValue": self.read_only,
            },
            # Owners are a list of their own, which the definition does not hold.
            "externalOptions": self.name == OWNER,
            "options": [{"label": one, "value": one} for one in self.options],
        }


class Rule(BaseModel):
    """A validation rule that the portal's people have made: values of a property that are refused."""

    property: str
    value: str | None = None
    """Left out: any value."""
    code: str = "VALIDATION_RULE_VIOLATION"
    message: str = "the value breaks a rule of this account"


class Option(BaseModel):
    label: str
    value: str = Field(min_length=1)


class Definition(BaseModel):
    """What a property is created from; more may be given than is looked at."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")
    label: str = Field(min_length=1)
    type: str
    field_type: str = Field(alias="fieldType")
    group: str = Field(alias="groupName")
    unique: bool = Field(default=False, alias="hasUniqueValue", strict=True)
    options: list[Option] = Field(default_factory=list)
    read_only: bool = Field(default=False, alias="readOnlyValue")

    @model_validator(mode="after")
    def _fits_its_type(self) -> "Definition":
        if self.field_type not in TYPES.get(self.type, set()):
            raise ValueError(f"{self.field_type} is not a valid fieldType for {self.type}")
        if self.type == "enumeration" and not self.options:
            raise ValueError("an enumeration needs options")
        return self

    def made(self) -> Property:
        options = tuple(option.value for option in self.options)
        return Property(**self.model_dump(exclude={"options"}), options=options)


@dataclass(slots=True)
class ObjectType:
    properties: dict[str, Property]
    groups: set[str] = field(default_factory=set)


def object_types() -> dict[str, ObjectType]:
    """The object types of a new portal, with the properties every portal has."""
    return {
        "companies": _type(
            "companyinformation",
            "name domain website description phone address address2 city state zip country timezone "
            "founded_year linkedin_company_page twitterhandle about_us web_technologies linkedinbio",
            numbers="numberofemployees annualrevenue total_money_raised",
            choices={"industry": tuple(_INDUSTRIES), "lifecyclestage": _LIFECYCLE},
        ),
        "contacts": _type(
            "contactinformation",
            "email firstname lastname jobtitle phone mobilephone company website address city state zip country "
            "seniority job_function hs_linkedin_url message industry",
            numbers="",
            choices={"lifecyclestage": _LIFECYCLE},
            unique=("email",),
        ),
    }


def _type(
    group: str,
    texts: str,
    *,
    numbers: str,
    choices: dict[str, tuple[str, ...]],
    unique: tuple[str, ...] = (),
) -> ObjectType:
    known = [
        *(
            Property(name=name, group=group, unique=name in unique, defined_by_hubspot=True)
            for name in texts.split()
        ),
        *(
            Property(
                name=name, type="number", field_type="number", group=group, defined_by_hubspot=True
            )
            for name in numbers.split()
        ),
        *(
            Property(
                name=name,
                type="enumeration",
                field_type="select",
                group=group,
                options=options,
                defined_by_hubspot=True,
            )
            for name, options in choices.items()
        ),
        Property(
            name=OWNER,
            type="enumeration",
            field_type="select",
            group=group,
            defined_by_hubspot=True,
        ),
        *(
            Property(
                name=name,
                type="datetime",
                field_type="date",
                group=group,
                defined_by_hubspot=True,
                read_only=True,
            )
            for name in ("createdate", "hs_lastmodifieddate")
        ),
    ]
    return ObjectType({found.name: found for found in known}, {group})

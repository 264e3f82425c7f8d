"""What is wrong with the values of an input, as user errors."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, Field

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.provider import Options
from leadstream_dev.sandbox.providers.shopify.places import ZONES

LENGTHS = {
    "company.name": 255,
    "company.externalId": 255,
    "company.note": 5_000,
    "companyContact.email": 255,
    "companyContact.firstName": 255,
    "companyContact.lastName": 255,
    "companyContact.title": 255,
    "companyLocation.name": 255,
    "companyLocation.shippingAddress.city": 255,
}
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\".()]{2,}")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_MARKUP = re.compile(r"<[^>]*>")
_URL = re.compile(r"https?://|www\.", re.IGNORECASE)
_LABELS = {"externalId": "External ID", "firstName": "First name", "lastName": "Last name"}


class Rule(BaseModel):
    """Inputs with a value in a field, or with this one, are refused like this."""

    field: str
    value: str | None = None
    code: str = "INVALID"
    message: str = "breaks a rule of this shop"
    named: bool = True
    """Whether the error names the field."""


class ShopifyOptions(Options):
    """`keys` and `revoked` are client ids here, and the static tokens of older apps."""

    keys: list[str] = Field(default=["sandbox*", "shpat_sandbox*"])
    secrets: list[str] = Field(default=["sandbox*"])
    installed: bool = True
    """Where the app is not installed, the token endpoint says so on a page."""
    token_seconds: float = 86_400
    scopes: list[str] = Field(default=["write_companies", "write_customers"])
    b2b: bool = True
    bucket: float = 2_000
    restore_rate: float = 100
    customers: dict[str, JsonObject] = Field(default_factory=dict)
    """Customers that every shop has from the start, by address."""
    index_seconds: float = 0
    """How long a search does not show what was written."""
    address1_required: bool = False
    lengths: dict[str, int] = Field(default_factory=dict)
    rules: list[Rule] = Field(default_factory=list)
    served_version: str | None = None
    """The version that answers, where it is not the one asked for."""
    broken: list[str] = Field(default_factory=list)
    """External ids whose mutation ends in an error of Shopify's own."""


def user_error(path: list[str] | None, code: str, message: str) -> JsonObject:
    return {"field": path, "message": message, "code": code}


def wrong_with(
    values: JsonObject, options: ShopifyOptions, *, group: str, path: list[str]
) -> Iterator[JsonObject]:
    """Errors of one group of fields; `path` is where it is in the mutation's arguments."""
    for name, value in values.items():
        if isinstance(value, str):
            yield from _wrong_value(f"{group}.{name}", value, options, [*path, name])
    for rule in options.rules:
        within, _, name = rule.field.rpartition(".")
        if within == group and values.get(name) is not None and rule.value in (None, values[name]):
            yield user_error([*path, name] if rule.named else None, rule.code, rule.message)


def _wrong_value(
    name: str, value: str, options: ShopifyOptions, path: list[str]
) -> Iterator[JsonObject]:
    last = path[-1]
    label = _LABELS.get(last, last.capitalize())
    longest = options.lengths.get(name, LENGTHS.get(name, 255))
    if len(value) > longest:
        yield user_error(path, "TOO_LONG", f"{label} is too long (maximum is {longest} characters)")
    elif name == "company.name" and not value.strip():
        yield user_error(path, "BLANK", "Name can't be blank")
    elif name == "companyContact.email" and not _EMAIL.fullmatch(value):
        yield user_error(path, "INVALID", "Email is invalid")
    elif name == "companyContact.phone" and not _PHONE.fullmatch(value):
        yield user_error(path, "INVALID", "Phone is invalid")
    elif last in {"firstName", "lastName"} and _MARKUP.search(value):
        yield user_error(path, "INVALID", f"{label} cannot contain HTML tags")
    elif last in {"firstName", "lastName"} and _URL.search(value):
        yield user_error(path, "INVALID", f"{label} cannot contain URL")


def wrong_with_address(
    address: JsonObject, options: ShopifyOptions, path: list[str]
) -> Iterator[JsonObject]:
    country, zone = address.get("countryCode"), address.get("zoneCode")
    if not country:
        yield user_error([*path, "countryCode"], "BLANK", "Country code can't be blank")
    elif zone and zone not in ZONES.get(country, ()):
        yield user_error([*path, "zoneCode"], "INVALID", "Zone code is invalid")
    if options.address1_required and not address.get("address1"):
        yield user_error([*path, "address1"], "BLANK", "Address1 can't be blank")

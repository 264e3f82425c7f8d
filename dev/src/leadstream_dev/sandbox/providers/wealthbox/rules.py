"""What Wealthbox takes as a contact, as strict as an API that says 422 can be."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.wealthbox.errors import Refused

TYPES: Final = ("Person", "Household", "Organization", "Trust")
LONGEST: Final = 255
LONGEST_TEXT: Final = 65_535

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_LINE: Final = frozenset(
    {
        *("prefix", "first_name", "middle_name", "last_name", "suffix", "nickname", "name"),
        *("job_title", "company_name", "contact_type", "contact_source", "status", "visible_to"),
        "external_unique_id",
    }
)
_TEXT: Final = frozenset({"background_information", "important_information"})
# Birth dates, income and the like are fields of Wealthbox's, too. Nothing that uses this sandbox may send them.
NESTED: Final[Mapping[str, frozenset[str]]] = {
    "email_addresses": frozenset({"address"}),
    "phone_numbers": frozenset({"address", "extension"}),
    "websites": frozenset({"address"}),
    "street_addresses": frozenset(
        {"street_line_1", "street_line_2", "city", "state", "zip_code", "country"}
    ),
}
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "email_addresses": frozenset({"Work", "Personal", "Other"}),
    "phone_numbers": frozenset({"Work", "Home", "Mobile", "Fax", "Other"}),
    "websites": frozenset({"Website", "Blog", "Other"}),
    "street_addresses": frozenset({"Work", "Home", "Other"}),
}


class Rule(BaseModel):
    """A field whose values, or this one of them, an account refuses."""

    field: str
    """As in `name` or `street_addresses.state`."""
    value: str | None = None
    message: str = "is invalid"
    named: bool = True
    """Whether the refusal says which field it is."""


def check(body: object, rules: list[Rule], *, held: JsonObject | None) -> JsonObject:
    """Return a body that may be written over `held` (None: as a new contact); raise Refused."""
    if not isinstance(body, dict):
        raise Refused("the request body is not a JSON object", status=400)
    for name, value in body.items():
        _check_field(name, value)
    kind = body.get("type", held["type"] if held else None)
    if kind not in TYPES or (held and kind != held["type"]):
        raise Refused("is not included in the list", field="type")
    _check_names(kind, {**(held or {}), **body})
    for rule in rules:
        if any(value and rule.value in (None, value) for value in _values(body, rule.field)):
            raise Refused(rule.message, field=rule.field if rule.named else None)
    return body


def _check_field(name: str, value: object) -> None:
    if name in NESTED:
        _check_items(name, value)
    elif name == "tags":
        if not isinstance(value, list) or not all(isinstance(e, str) and e for e in value):
            raise Refused("must be a list of texts", field="tags")
    elif name == "type":
        _check_line(name, value, LONGEST)
    elif name in _LINE or name in _TEXT:
        _check_line(name, value, LONGEST_TEXT if name in _TEXT else LONGEST)
    else:
        raise Refused(f"unknown field: {name}")


def _check_line(name: str, value: object, longest: int) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise Refused("must be a text", field=name)
    if len(value) > longest:
        raise Refused(f"is too long (maximum is {longest} characters)", field=name)


def _check_items(name: str, listed: object) -> None:
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise Refused("must be a list of objects", field=name)
    for item in listed:
        for part, value in item.items():
            check_part = _PARTS.get(part)
            if check_part is not None:
                if not check_part(name, value):
                    raise Refused("is invalid", field=f"{name}.{part}")
            elif part in NESTED[name]:
                _check_line(f"{name}.{part}", value, LONGEST)
            else:
                raise Refused(f"unknown field: {name}.{part}")
        if "id" not in item and not any(item.get(part) for part in NESTED[name]):
            raise Refused("can't be blank", field=f"{name}.{min(NESTED[name])}")
        address = item.get("address", "a@b.cd")
        if name == "email_addresses" and not _EMAIL.fullmatch(address or ""):
            raise Refused("is invalid", field="email_addresses.address")


def _check_names(kind: object, whole: JsonObject) -> None:
    if kind == "Person":
        if not _filled(whole.get("first_name")) and not _filled(whole.get("last_name")):
            raise Refused("can't be blank", field="last_name")
    elif not _filled(whole.get("name")):
        raise Refused("can't be blank", field="name")


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _values(body: JsonObject, field: str) -> list[object]:
    name, _, part = field.partition(".")
    value = body.get(name)
    if not part:
        return [value]
    listed = value if isinstance(value, list) else []
    return [item.get(part) for item in listed]


_PARTS: Final[Mapping[str, Callable[[str, object], bool]]] = {
    "id": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
    "kind": lambda name, value: value is None or value in list(KINDS[name]),
    "principal": lambda _, value: value is None or isinstance(value, bool),
    "destroy": lambda _, value: value is None or isinstance(value, bool),
}

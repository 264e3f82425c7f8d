"""The lists inside a contact. An item sent without its id is a new one, so each that is to be changed is read first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from platform_upload.domain.drafts import Fields
from platform_upload.domain.gaps import digest

Item = Mapping[str, Any]

_NOBODY = UUID(int=0)
# About an item, not what it says.
_ABOUT = frozenset({"id", "kind", "principal", "destroy", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class Nested:
    """One of the lists, and our fields that make up an item of it."""

    list: str
    # Ours → theirs.
    names: Mapping[str, str]
    kind: str

    def items(self, record: Mapping[str, Any]) -> Sequence[Item] | None:
        """Those that a contact has; None where the answer does not show them."""
        listed = record.get(self.list, ...)
        if listed is None:
            return []
        if not isinstance(listed, list):
            return None
        return [each for each in listed if isinstance(each, Mapping) and each.get("id")]

    def values(self, item: Item) -> dict[str, Any]:
        """What an item says, by our names where it has them."""
        ours = {theirs: name for name, theirs in self.names.items()}
        return {
            ours.get(name, name): value
            for name, value in item.items()
            if name not in _ABOUT and value not in (None, "")
        }

    def as_new(self, fields: Fields) -> dict[str, Any]:
        return {**self.as_changed(fields), "principal": True, "kind": self.kind}

    def as_changed(self, fields: Fields) -> dict[str, Any]:
        return {theirs: fields[name] for name, theirs in self.names.items() if name in fields}


EMAIL = Nested("email_addresses", {"email": "address"}, "Work")
PHONE = Nested("phone_numbers", {"phone": "address"}, "Work")
NESTED = (
    EMAIL,
    PHONE,
    Nested("websites", {"website": "address"}, "Website"),
    Nested("street_addresses", {name: name for name in ("city", "state", "country")}, "Work"),
)
NAMES = frozenset(name for nested in NESTED for name in nested.names)


def body_of(fields: Fields, items: Mapping[str, Item]) -> dict[str, Any]:
    """Fields as a contact takes them; `items` are those to be changed, by their lists."""
    body = {name: value for name, value in fields.items() if name not in NAMES}
    for nested in NESTED:
        if not nested.as_changed(fields):
            continue
        item = items.get(nested.list)
        sent = {"id": item["id"], **nested.as_changed(fields)} if item else nested.as_new(fields)
        body[nested.list] = [sent]
    return body


def same(one: object, other: object, name: str) -> bool:
    """Whether two values say the same, however they are written."""
    return digest(_NOBODY, name, one) == digest(_NOBODY, name, other)

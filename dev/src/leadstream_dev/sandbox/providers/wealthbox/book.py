"""One Wealthbox account: its contacts, with the items of their lists under ids of their own."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.wealthbox.errors import Refused
from leadstream_dev.sandbox.providers.wealthbox.rules import NESTED

_USER = 1
_BY_TYPE = ("first_name", "middle_name", "last_name", "job_title", "company_name")


@dataclass(slots=True)
class Book:
    contacts: dict[int, JsonObject] = field(default_factory=dict)
    # When each was made: the search does not show it at once.
    made_at: dict[int, datetime] = field(default_factory=dict)
    last_id: int = 0
    last_item: int = 0

    def find(
        self, wanted: dict[str, str], *, now: datetime, visible_after: float
    ) -> list[JsonObject]:
        latest = now - timedelta(seconds=visible_after)
        return [
            contact
            for contact in self.contacts.values()
            if self.made_at[contact["id"]] <= latest and _is(contact, wanted)
        ]

    def new(self, body: JsonObject, now: datetime) -> JsonObject:
        """The contact as it would be, with the ids that come next. Nothing keeps two of one external id apart."""
        contact: JsonObject = {
            "id": self.last_id + 1,
            "creator": _USER,
            "created_at": timestamp(now),
            "updated_at": timestamp(now),
            **dict.fromkeys(_BY_TYPE if body.get("type") == "Person" else ()),
            "background_information": None,
            "external_unique_id": None,
            "status": "Active",
            "tags": [],
            **{name: [] for name in NESTED},
        }
        return self._written(contact, body, now)

    def changed(self, held: JsonObject, body: JsonObject, now: datetime) -> JsonObject:
        return self._written(deepcopy(held), body, now)

    def keep(self, contact: JsonObject, at: datetime) -> None:
        number = contact["id"]
        self.made_at.setdefault(number, at)
        self.contacts[number] = contact
        self.last_id = max(self.last_id, number)
        self.last_item = max(self.last_item, *_ids(contact))

    def _written(self, contact: JsonObject, body: JsonObject, now: datetime) -> JsonObject:
        ids = iter(range(self.last_item + 1, 1_000_000_000))
        for name, value in body.items():
            if name in NESTED:
                contact[name] = _items(name, contact[name], value, ids)
            elif name == "tags":
                # All that there were are gone; what nobody knew is made.
                contact[name] = [{"id": next(ids), "name": tag} for tag in dict.fromkeys(value)]
            else:
                contact[name] = value
        if contact["type"] == "Person":
            parts = (contact.get("first_name"), contact.get("last_name"))
            contact["name"] = " ".join(part for part in parts if part)
        contact["updated_at"] = timestamp(now)
        return contact


def timestamp(now: datetime) -> str:
    """As in `2025-05-24 10:00 AM -0400`."""
    return now.strftime("%Y-%m-%d %I:%M %p %z")


def _items(
    name: str, held: list[JsonObject], sent: list[JsonObject], ids: Iterator[int]
) -> list[JsonObject]:
    """Items are changed by their ids; without one, an item is a new one, whatever it says."""
    items = {item["id"]: item for item in held}
    for each in sent:
        number = each.get("id")
        if number is None:
            number = next(ids)
            items[number] = {"id": number, "kind": None, "principal": False}
        if number not in items:
            raise Refused(f"has no item with the id {number}", field=name)
        if each.get("destroy"):
            del items[number]
            continue
        items[number] |= {part: value for part, value in each.items() if part != "destroy"}
        if each.get("principal"):
            for other in items.values():
                other["principal"] = other["id"] == number
    return list(items.values())


def _ids(contact: JsonObject) -> list[int]:
    return [0, *(item["id"] for name in (*NESTED, "tags") for item in contact[name])]


def _is(contact: JsonObject, wanted: dict[str, str]) -> bool:
    for name, value in wanted.items():
        if name == "email":
            addresses = [item.get("address") or "" for item in contact["email_addresses"]]
            if value.lower() not in [address.lower() for address in addresses]:
                return False
        elif contact.get(name) != value:
            return False
    return True

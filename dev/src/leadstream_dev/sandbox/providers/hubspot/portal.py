"""One HubSpot account: its property definitions, records and associations."""

from dataclasses import dataclass, field

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.hubspot.schema import Definition, ObjectType, object_types

FIRST_ID = 101


@dataclass(slots=True)
class Record:
    id: str
    created: str
    updated: str
    properties: dict[str, str]

    def shown(self, names: list[str] | None = None) -> JsonObject:
        shown = self.properties
        if names is not None:
            shown = {name: self.properties[name] for name in names if name in self.properties}
        return {
            "id": self.id,
            "properties": {**shown, "hs_object_id": self.id},
            "createdAt": self.created,
            "updatedAt": self.updated,
            "archived": False,
        }


@dataclass(slots=True)
class Portal:
    types: dict[str, ObjectType] = field(default_factory=object_types)
    records: dict[str, dict[str, Record]] = field(
        default_factory=lambda: {"companies": {}, "contacts": {}}
    )
    associations: set[tuple[str, str, str, str]] = field(default_factory=set)
    next_id: int = FIRST_ID
    # Addresses of contacts that were deleted for good, or kept out before there was one.
    blocked: set[str] = field(default_factory=set)
    _unique: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def find(self, kind: str, name: str, value: str) -> Record | None:
        """The record that has `value` in its unique property `name`."""
        record_id = self._unique.get((kind, name, _folded(name, value)))
        return self.records[kind][record_id] if record_id else None

    def write(self, kind: str, record_id: str, properties: dict[str, str], at: str) -> None:
        """Create a record or change its properties; an empty value removes one."""
        held = self.records[kind]
        record = held.setdefault(record_id, Record(record_id, at, at, {}))
        self.next_id = max(self.next_id, int(record_id) + 1)
        record.updated = at
        for name, value in properties.items():
            # One that was ordered by the control API is not there when the ledger is read again.
            known = self.types[kind].properties.get(name)
            unique = known is not None and known.unique
            if unique and name in record.properties:
                self._unique.pop((kind, name, _folded(name, record.properties[name])), None)
            if value == "":
                record.properties.pop(name, None)
                continue
            record.properties[name] = value
            if unique:
                self._unique[kind, name, _folded(name, value)] = record_id

    def erase(self, record_id: str | None, email: str | None) -> None:
        """Delete a contact for good, with its associations; its address is kept out from now on."""
        record = self.records["contacts"].pop(record_id, None) if record_id else None
        for name, value in (record.properties if record else {}).items():
            self._unique.pop(("contacts", name, _folded(name, value)), None)
        known = (email, record.properties.get("email") if record else None)
        self.blocked |= {each.lower() for each in known if each}
        self.associations = {
            each
            for each in self.associations
            if ("contacts", record_id) not in (each[:2], each[2:])
        }

    def define(self, kind: str, definition: JsonObject) -> None:
        made = Definition.model_validate(definition).made()
        self.types[kind].properties[made.name] = made

    def shown(self) -> JsonObject:
        return {
            "records": {
                kind: [record.shown() for record in held.values()]
                for kind, held in self.records.items()
            },
            "associations": [
                {"from": f"{source}/{a}", "to": f"{target}/{b}"}
                for source, a, target, b in sorted(self.associations)
            ],
            "custom_properties": {
                kind: [
                    found.shown()
                    for found in held.properties.values()
                    if not found.defined_by_hubspot
                ]
                for kind, held in self.types.items()
            },
        }


def _folded(name: str, value: str) -> str:
    return value.lower() if name == "email" else value

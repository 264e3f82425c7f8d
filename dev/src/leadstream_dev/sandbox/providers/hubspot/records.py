"""Reading and writing companies and contacts in batches."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject
from leadstream_dev.sandbox.providers.hubspot.answers import (
    Refused,
    batch,
    item_error,
    not_valid,
    timestamp,
)
from leadstream_dev.sandbox.providers.hubspot.portal import Portal, Record
from leadstream_dev.sandbox.providers.hubspot.schema import OBJECT_TYPE_IDS, OWNER, ObjectType, Rule

BATCH_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Write:
    """One item of a batch, checked, and the record it goes to (None makes a new one)."""

    item: int
    record: Record | None
    properties: dict[str, str]
    id_property: str | None = None
    external_id: str | None = None


@dataclass(slots=True)
class Batch:
    """One batch call on one object type of one portal."""

    portal: Portal
    kind: str
    call: Call
    now: datetime
    partial_status: Literal[200, 207, 400] = 207
    rules: Sequence[Rule] = ()
    owners: Container[str] = ()

    @property
    def type(self) -> ObjectType:
        return self.portal.types[self.kind]

    def upsert(self) -> Answer:
        inputs = self.inputs()
        for one in inputs:
            self._check_id_property(one)
        keys = [(one.get("idProperty"), one.get("id")) for one in inputs]
        _refuse_repeats([str(key) for _, key in keys])
        return self._write(inputs, self._upserted, marks_new=True)

    def create(self) -> Answer:
        return self._write(self.inputs(needs_id=False), self._created, status=201)

    def update(self) -> Answer:
        inputs = self.inputs()
        _refuse_repeats([str(one["id"]) for one in inputs])
        return self._write(inputs, self._updated)

    def read(self) -> Answer:
        inputs = self.inputs()
        id_property = self.call.body.get("idProperty")
        if id_property is not None:
            self._check_unique(id_property)
        names = self.call.body.get("properties")
        found, missing = [], []
        for one in inputs:
            record = self._by(id_property, str(one["id"]))
            if record is None:
                missing.append(str(one["id"]))
            else:
                found.append(record.shown(names))
        errors = [
            item_error(
                "Could not get some objects", trace=None, category="OBJECT_NOT_FOUND", ids=lost
            )
            for lost in missing
        ]
        return batch(self.call, self.now, found, errors=errors)

    def inputs(self, *, needs_id: bool = True) -> list[JsonObject]:
        """The items, each an object; with an id where one is needed."""
        inputs = self.call.body.get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
            raise Refused("Invalid input JSON: 'inputs' must be a list of objects")
        if not inputs:
            raise Refused("Invalid input: no inputs given")
        if len(inputs) > BATCH_LIMIT:
            raise Refused(f"Batch size exceeds the limit of {BATCH_LIMIT}: {len(inputs)} inputs")
        if needs_id and not all(isinstance(one.get("id"), str) and one["id"] for one in inputs):
            raise Refused("Some required fields were not set: [id]")
        return inputs

    def _write(
        self,
        inputs: list[JsonObject],
        resolve: Callable[[int, JsonObject], Write],
        *,
        status: int = 200,
        marks_new: bool = False,
    ) -> Answer:
        for one in inputs:
            self._check_properties(one)
        writes: list[Write] = []
        errors: list[JsonObject] = []
        for item, one in enumerate(inputs):
            trace = one.get("objectWriteTraceId")
            try:
                self._check_values(one["properties"])
                writes.append(resolve(item, one))
            except Refused as exc:
                if self.partial_status == 400:
                    raise
                details = exc.detail.get("errors", ())
                errors.append(
                    item_error(exc.message, trace=trace, category=exc.category, errors=details)
                )
        return self._done(writes, errors, status=status, marks_new=marks_new)

    def _done(
        self, writes: list[Write], errors: list[JsonObject], *, status: int, marks_new: bool
    ) -> Answer:
        effects, results = [], []
        next_id, at = self.portal.next_id, timestamp(self.now)
        for write in writes:
            record = write.record
            record_id = record.id if record else str(next_id)
            next_id += record is None
            effects.append(
                {
                    "kind": "record",
                    "object": self.kind,
                    "id": record_id,
                    "created": record is None,
                    "id_property": write.id_property,
                    "external_id": write.external_id,
                    "item": write.item,
                    "at": at,
                }
            )
            before = record.properties if record else {}
            after = Record(
                record_id, record.created if record else at, at, before | write.properties
            )
            results.append(after.shown() | ({"new": record is None} if marks_new else {}))
        return batch(
            self.call,
            self.now,
            results,
            errors=errors,
            effects=effects,
            status=self.partial_status if errors else status,
        )

    def _upserted(self, item: int, one: JsonObject) -> Write:
        name, value = one["idProperty"], one["id"]
        record = self._by(name, value)
        properties = {name: value, **one["properties"]}
        self._check_blocked(properties)
        self._check_taken(properties, record)
        return Write(item, record, properties, name, value)

    def _created(self, item: int, one: JsonObject) -> Write:
        self._check_taken(one["properties"], None)
        self._check_blocked(one["properties"])
        return Write(item, None, one["properties"])

    def _updated(self, item: int, one: JsonObject) -> Write:
        record = self._by(one.get("idProperty"), one["id"])
        if record is None:
            raise Refused(f"Object not found: {one['id']}", category="OBJECT_NOT_FOUND")
        self._check_taken(one["properties"], record)
        self._check_blocked(one["properties"])
        return Write(item, record, one["properties"])

    def _by(self, id_property: str | None, value: str) -> Record | None:
        if id_property is None or id_property == "hs_object_id":
            return self.portal.records[self.kind].get(value)
        return self.portal.find(self.kind, id_property, value)

    def _check_id_property(self, one: JsonObject) -> None:
        name = one.get("idProperty")
        if not isinstance(name, str) or not name:
            raise Refused("Some required fields were not set: [idProperty]")
        self._check_unique(name)

    def _check_unique(self, name: str) -> None:
        known = self.type.properties.get(name)
        if known is None and name != "hs_object_id":
            raise _unknown(name)
        if known is None or not known.unique:
            type_id = OBJECT_TYPE_IDS[self.kind]
            raise Refused(
                f"Unable to perform update/upsert by non-unique {type_id} property {name}"
            )

    def _check_properties(self, one: JsonObject) -> None:
        properties = one.get("properties")
        if not isinstance(properties, dict):
            raise Refused("Some required fields were not set: [properties]")
        for name, value in properties.items():
            if name not in self.type.properties:
                raise _unknown(name)
            if not isinstance(value, str):
                raise Refused(f"Invalid input JSON: value of property {name} must be a string")

    def _check_values(self, properties: dict[str, str]) -> None:
        """Refuse the first value that is not valid, by HubSpot's rules or by the portal's own."""
        for name, value in properties.items():
            problem = self.type.properties[name].problem(value)
            if problem is not None:
                raise not_valid(name, value, problem.code, problem.said)
            if name == OWNER and value and value not in self.owners:
                raise not_valid(name, value, "INVALID_OWNER_ID", f"Owner {value} does not exist")
            for rule in self.rules:
                if rule.property == name and rule.value in (None, value):
                    raise not_valid(name, value, rule.code, rule.message)

    def _check_blocked(self, properties: dict[str, str]) -> None:
        """Refuse an address that was erased: it is "prevented from being used in the future"."""
        if self.kind == "contacts" and properties.get("email", "").lower() in self.portal.blocked:
            raise Refused("This contact was permanently deleted and can't be created again")

    def _check_taken(self, properties: dict[str, str], record: Record | None) -> None:
        """Refuse a value of a unique property that another record has."""
        for name, value in properties.items():
            if not self.type.properties[name].unique or value == "":
                continue
            holder = self.portal.find(self.kind, name, value)
            if holder is not None and (record is None or holder.id != record.id):
                label = "Contact" if self.kind == "contacts" else "Company"
                raise Refused(
                    f"{label} already exists. Existing ID: {holder.id}",
                    status=409,
                    category="CONFLICT",
                )


def _refuse_repeats(ids: list[str]) -> None:
    repeated = {one for one in ids if ids.count(one) > 1}
    if repeated:
        raise Refused(f"Duplicate IDs found in batch input: {sorted(repeated)}. IDs must be unique")


def _unknown(name: str) -> Refused:
    refused = Refused(f'Property "{name}" does not exist')
    return refused.about_property(name, "PROPERTY_DOESNT_EXIST")

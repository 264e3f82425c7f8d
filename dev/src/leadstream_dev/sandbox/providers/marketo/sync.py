"""Writing, reading and deleting leads."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from leadstream_dev.sandbox.exchange import Answer, JsonObject
from leadstream_dev.sandbox.providers.marketo.answers import Refused, skipped, success
from leadstream_dev.sandbox.providers.marketo.database import Database
from leadstream_dev.sandbox.providers.marketo.fields import Field, problem_of
from leadstream_dev.sandbox.providers.marketo.options import MarketoOptions

MAX_RECORDS = 300
MAX_MATCHES = 1_000
ACTIONS = ("createOrUpdate", "createOnly", "updateOnly", "createDuplicate")
_DEFAULT_FIELDS = ("id", "email", "updatedAt", "createdAt", "lastName", "firstName")


@dataclass(slots=True)
class Sync:
    """One call that writes; where it is refused as a whole, nothing is done."""

    database: Database
    fields: dict[str, Field]
    options: MarketoOptions

    def answer(self, body: JsonObject) -> Answer:
        action, by = body.get("action") or "createOrUpdate", body.get("lookupField") or "email"
        if action not in ACTIONS:
            raise Refused(1001, f"Invalid value '{action}'. Required of type 'action'")
        self._check_partition(body.get("partitionName"))
        self._check_key(by)
        records = records_of(body)
        for record in records:
            self._check_names(record, by)
        repeated = Counter(str(record.get(by)).casefold() for record in records)
        results: list[JsonObject] = []
        effects: list[JsonObject] = []
        for item, record in enumerate(records):
            result = self._skipped(record, by, repeated) or self._done(record, by, action, effects)
            results.append(result)
            if result["status"] != "skipped":
                effects.append(self._effect(result, record, by, item))
        return success(results, effects=tuple(effects))

    def _check_partition(self, name: object) -> None:
        if name is not None and name not in self.options.partitions:
            raise Refused(1008, f"Access denied to partition '{name}'")
        if name is None and len(self.options.partitions) > 1:
            raise Refused(1009, "Partition name must be specified")

    def _check_key(self, by: object) -> None:
        field = self.fields.get(str(by))
        if field is None:
            raise Refused(1006, f"Field '{by}' not found")
        if not field.searchable:
            raise Refused(1011, f"Field '{by}' not supported")

    def _check_names(self, record: JsonObject, by: str) -> None:
        for name in record:
            field = self.fields.get(name)
            if field is None:
                raise Refused(1006, f"Field '{name}' not found")
            if not field.updateable and name != by:
                raise Refused(1011, f"Field '{name}' not supported")

    def _skipped(self, record: JsonObject, by: str, repeated: Counter[str]) -> JsonObject | None:
        value = record.get(by)
        if value in (None, ""):
            return skipped(1002, f"Missing value for the required parameter '{by}'")
        # Every record that shares its key with another is skipped, not just the later ones.
        if repeated[str(value).casefold()] > 1:
            return skipped(1036, "Duplicate object found in input")
        return problem_of(record, self.options, self.fields)

    def _done(
        self, record: JsonObject, by: str, action: str, effects: list[JsonObject]
    ) -> JsonObject:
        there = [] if action == "createDuplicate" else self.database.matching(by, record[by])
        if len(there) > 1:
            return skipped(1007, "Multiple leads match the lookup criteria")
        if there and action == "createOnly":
            return skipped(1005, "Lead already exists")
        if there:
            return {"id": there[0], "status": "updated"}
        if action == "updateOnly" or by == "id":
            return skipped(1004, "Lead not found")
        made = sum(effect["created"] for effect in effects)
        return {"id": self.database.next_id(made), "status": "created"}

    def _effect(self, result: JsonObject, record: JsonObject, by: str, item: int) -> JsonObject:
        return {
            "kind": "record",
            "object": "Lead",
            "id": str(result["id"]),
            "created": result["status"] == "created",
            "id_property": by,
            "external_id": str(record[by]).casefold(),
            "item": item,
        }


def records_of(body: JsonObject) -> list[JsonObject]:
    records = body.get("input")
    if not isinstance(records, list) or not records:
        raise Refused(1002, "Missing value for the required parameter 'input'")
    if len(records) > MAX_RECORDS:
        raise Refused(1003, f"Too many records: {MAX_RECORDS} at most")
    if not all(isinstance(record, dict) for record in records):
        raise Refused(609, "Invalid JSON")
    return records


def delete(database: Database, body: JsonObject) -> Answer:
    results: list[JsonObject] = []
    effects: list[JsonObject] = []
    for record in records_of(body):
        there = database.matching("id", record.get("id"))
        if there and str(there[0]) not in {effect["id"] for effect in effects}:
            results.append({"id": there[0], "status": "deleted"})
            effects.append({"kind": "deleted", "object": "Lead", "id": str(there[0])})
        else:
            results.append(skipped(1004, "Lead not found"))
    return success(results, effects=tuple(effects))


def read(database: Database, fields: dict[str, Field], asked: dict[str, str]) -> Answer:
    by = asked.get("filterType", "")
    if not by:
        raise Refused(1002, "Missing value for the required parameter 'filterType'")
    field = fields.get(by)
    if field is None:
        raise Refused(1006, f"Field '{by}' not found")
    if not field.searchable:
        raise Refused(1011, f"Field '{by}' not supported")
    values = [value.strip() for value in asked.get("filterValues", "").split(",") if value.strip()]
    if not values:
        raise Refused(1002, "Missing value for the required parameter 'filterValues'")
    if len(values) > MAX_RECORDS:
        raise Refused(1003, f"Too many values: {MAX_RECORDS} at most")
    names = [name for name in asked.get("fields", "").split(",") if name] or _DEFAULT_FIELDS
    for name in names:
        if name not in fields and name not in _DEFAULT_FIELDS:
            raise Refused(1006, f"Field '{name}' not found")
    ids = sorted({lead_id for value in values for lead_id in database.matching(by, value)})
    if len(ids) > MAX_MATCHES:
        raise Refused(1003, "Too many results match the filter")
    token = asked.get("nextPageToken") or "0"
    start = int(token) if token.isdecimal() and len(token) < 10 else 0
    page = ids[start : start + MAX_RECORDS]
    rows = [_row(lead_id, database.leads[lead_id], names) for lead_id in page]
    more = str(start + MAX_RECORDS) if start + MAX_RECORDS < len(ids) else None
    return success(rows, next_page=more)


def _row(lead_id: int, lead: JsonObject, names: Any) -> JsonObject:
    """What is empty is null, or not there at all."""
    shown = {name: lead.get(name) for name in names if name in lead or name != "phone"}
    return shown | {"id": lead_id}

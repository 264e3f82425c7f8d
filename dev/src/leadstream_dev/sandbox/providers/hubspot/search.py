"""HubSpot's search, as far as finding a record by its properties goes."""

from typing import Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.hubspot.answers import Refused
from leadstream_dev.sandbox.providers.hubspot.portal import Portal, Record


class Condition(BaseModel):
    property_name: str = Field(alias="propertyName")
    operator: Literal["EQ", "NEQ", "IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"]
    value: str | None = None
    values: list[str] | None = None

    @model_validator(mode="after")
    def _has_what_its_operator_needs(self) -> "Condition":
        if self.operator == "IN" and self.values is None:
            raise ValueError("operator IN requires values")
        if self.operator in ("EQ", "NEQ") and self.value is None:
            raise ValueError(f"operator {self.operator} requires a value")
        return self

    def meets(self, record: Record) -> bool:
        held = record.properties.get(self.property_name)
        if self.property_name == "hs_object_id":
            held = record.id
        if self.operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
            return (held is not None) == (self.operator == "HAS_PROPERTY")
        wanted = {one.lower() for one in (self.values or [self.value or ""])}
        found = held is not None and held.lower() in wanted
        return found != (self.operator == "NEQ")


class Group(BaseModel):
    filters: list[Condition] = Field(default_factory=list)


class Search(BaseModel):
    """What can be asked; sorting and full text are not looked at."""

    filter_groups: list[Group] = Field(default_factory=list, alias="filterGroups", max_length=5)
    properties: list[str] | None = None
    limit: int = Field(default=10, ge=1, le=200)
    after: int = Field(default=0, ge=0)


def search(portal: Portal, kind: str, body: object) -> JsonObject:
    asked = _read(body)
    for group in asked.filter_groups:
        for condition in group.filters:
            _check_property(portal, kind, condition.property_name)
    found = [record for record in portal.records[kind].values() if _is_found(record, asked)]
    end = asked.after + asked.limit
    answer: JsonObject = {
        "total": len(found),
        "results": [record.shown(asked.properties) for record in found[asked.after : end]],
    }
    if end < len(found):
        answer["paging"] = {"next": {"after": str(end)}}
    return answer


def _read(body: object) -> Search:
    try:
        return Search.model_validate(body)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(f"Invalid input JSON: {where}: {first['msg']}") from exc


def _check_property(portal: Portal, kind: str, name: str) -> None:
    if name not in portal.types[kind].properties and name != "hs_object_id":
        raise Refused(f'Property "{name}" does not exist')


def _is_found(record: Record, asked: Search) -> bool:
    groups = asked.filter_groups
    return not groups or any(all(one.meets(record) for one in group.filters) for group in groups)

"""The bodies that Clay takes, as strictly as its OpenAPI has them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.clay_public.options import ClayPublicOptions, filter_named

Id = Annotated[str, Field(min_length=1, max_length=64)]


class Refused(Exception):  # noqa: N818 - named as it reads where it is raised
    """Why a call is answered with 400."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Search(_Body):
    source_type: Literal["people", "companies"]
    filters: dict[str, Any]


class Page(_Body):
    limit: Annotated[int, Field(ge=1, le=500)] = 20


class Item(_Body):
    id: Id
    inputs: dict[str, Any]


class Run(_Body):
    items: Annotated[list[Item], Field(min_length=1, max_length=100)]
    webhook_id: Id | None = None


def read(kind: type[BaseModel], body: object) -> Any:
    try:
        return kind.model_validate(body)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise Refused(f"Validation failed: {where}: {first['msg']}") from exc


def check_filters(filters: JsonObject, options: ClayPublicOptions) -> None:
    for name, values in filters.items():
        known = filter_named(options, name)
        if known is None:
            raise Refused(f"Validation failed: filters.{name}: unknown filter")
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise Refused(f"Validation failed: filters.{name}: expected {known.type}")
        strange = set(values) - set(known.allowed_values or values)
        if strange:
            raise Refused(f"Validation failed: filters.{name}: {sorted(strange)[0]} not allowed")


def check_items(items: list[Item], inputs: list[str]) -> None:
    if len({item.id for item in items}) < len(items):
        raise Refused("Validation failed: items: ids must be unique")
    for position, item in enumerate(items):
        for name in inputs:
            if item.inputs.get(name) in (None, ""):
                raise Refused(f"Validation failed: items.{position}.inputs.{name}: required")
        strange = sorted(set(item.inputs) - set(inputs))
        if strange:
            raise Refused(f"Validation failed: items.{position}.inputs.{strange[0]}: unknown input")

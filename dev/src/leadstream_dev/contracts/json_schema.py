"""The models as JSON Schema 2020-12, written for people who don't read Python."""

import json
import re
from typing import Any, Final, cast

from pydantic.json_schema import GenerateJsonSchema

from leadstream.contracts.events import Event, FieldPath

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ORDER: Final = (
    "$schema",
    "$id",
    "title",
    "$ref",
    "type",
    "enum",
    "anyOf",
    "description",
    "default",
)
# A list of plain strings, which reads better on one line.
_STRINGS: Final = re.compile(r'\[\n\s+((?:"[^"\[\]]*"|null)(?:,\n\s+(?:"[^"\[\]]*"|null))*)\n\s+\]')

Schema = dict[str, Any]


def file_name(event: type[Event]) -> str:
    return f"{event.event_type()}.schema.json"


def json_schema(event: type[Event]) -> Schema:
    """What a producer may send: unknown fields are ignored, null is the same as left out."""
    schema = event.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = schema.pop("$defs", {})
    for path in event.times:
        _make_optional(schema, definitions, path)
    for part in (schema, *definitions.values()):
        _finish(part, definitions)
    parts = {name: part for name, part in definitions.items() if "properties" in part}
    head = {"$schema": DIALECT, "$id": file_name(event), "title": event.event_type()}
    return _ordered({**schema, **head, **({"$defs": parts} if parts else {})})


def text_of(schema: Schema) -> str:
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    return _STRINGS.sub(_on_one_line, text) + "\n"


def _on_one_line(strings: re.Match[str]) -> str:
    return "[" + ", ".join(line.strip().rstrip(",") for line in strings[1].splitlines()) + "]"


class _Generator(GenerateJsonSchema):
    """Leaves out titles that only repeat the name, and defaults of null, which say nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> Schema:
        generated = super().default_schema(schema)
        default = generated.pop("default", None)
        if isinstance(default, dict):
            default = {name: value for name, value in default.items() if value is not None}
        if default is not None:
            generated["default"] = default
        return generated


def _make_optional(schema: Schema, definitions: Schema, path: FieldPath) -> None:
    """The codec fills these in before the model sees them."""
    *parents, name = path
    for parent in parents:
        schema = _resolve(schema["properties"][parent], definitions)
    schema["required"].remove(name)


def _finish(part: Schema, definitions: Schema) -> None:
    required = part.get("required", ())
    for name, field in part.get("properties", {}).items():
        shown = _inline_enum(field, definitions)
        part["properties"][name] = shown if name in required else _nullable(shown, definitions)


def _inline_enum(field: Schema, definitions: Schema) -> Schema:
    target = _resolve(field, definitions)
    if "enum" not in target:
        return field
    notes = {key: value for key, value in field.items() if key != "$ref"}
    return {"type": target["type"], "enum": target["enum"], **notes}


def _nullable(field: Schema, definitions: Schema) -> Schema:
    """Say `type: [string, null]` where that is possible, and `anyOf` where it is not."""
    notes = {key: field[key] for key in ("description", "default") if key in field}
    bare = {key: value for key, value in field.items() if key not in notes}
    given = [kind for kind in bare.get("anyOf", [bare]) if kind != {"type": "null"}]
    kinds: list[Schema] = [_inline_enum(kind, definitions) for kind in given]
    if len(kinds) == 1 and "type" in kinds[0]:
        words = {"enum": [*kinds[0]["enum"], None]} if "enum" in kinds[0] else {}
        return notes | kinds[0] | {"type": [kinds[0]["type"], "null"]} | words
    return notes | {"anyOf": [*kinds, {"type": "null"}]}


def _resolve(field: Schema, definitions: Schema) -> Schema:
    return cast(Schema, definitions.get(field.get("$ref", "").rpartition("/")[2], field))


def _ordered(schema: Schema) -> Schema:
    """What something is first, its details after; fields stay as the model has them."""
    names = sorted(schema, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    return {name: _ordered_below(name, schema[name]) for name in names}


def _ordered_below(keyword: str, value: Any) -> Any:
    if keyword in {"properties", "$defs"}:
        return {name: _ordered(part) for name, part in value.items()}
    return _ordered(value) if isinstance(value, dict) and keyword != "default" else value

"""Every part of every released schema, changed in every way that breaks it, and in those that do not."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from leadstream.contracts.registry import default_root
from leadstream_dev.contracts.compatibility import incompatibilities

Schema = dict[str, Any]
Change = Callable[[Schema], None]
FILES = sorted(default_root().glob("events/*.schema.json"))
NEVER = "never-so"
TEXT_LIMITS = ("maxLength", "maxItems", "maxProperties")
KINDS: dict[str, Schema] = {
    "string": {"maxLength": 0, "pattern": f"^{NEVER}$", "format": NEVER},
    "number": {"maximum": -(10**9), "exclusiveMinimum": 10**9},
    "integer": {"maximum": -(10**9), "minimum": 10**9},
    "array": {"maxItems": 0, "minItems": 99, "items": False},
    "object": {
        "maxProperties": 0,
        "minProperties": 99,
        "additionalProperties": False,
        "propertyNames": {"maxLength": 1},
        "unevaluatedProperties": False,
    },
}
ANYWHERE: Schema = {
    "const": NEVER,
    "enum": [NEVER],
    "not": {},
    "allOf": [{"const": NEVER}],
    "anyOf": [{"const": NEVER}],
    "oneOf": [{"const": NEVER}],
    "if": {},
}


def nodes(schema: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all schemas within one."""
    yield path
    for keyword in ("properties", "$defs"):
        for name, part in schema.get(keyword, {}).items():
            yield from nodes(part, (*path, keyword, name))
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            yield from nodes(schema[keyword], (*path, keyword))
    for keyword in ("anyOf", "oneOf", "allOf"):
        for number, part in enumerate(schema.get(keyword, ())):
            yield from nodes(part, (*path, keyword, number))


def at(schema: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        schema = schema[step]
    return schema


def kinds_of(schema: Schema, root: Schema) -> set[str]:
    if "$ref" in schema:
        return kinds_of(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return {kind for part in schema["anyOf"] for kind in kinds_of(part, root)}
    allowed = schema.get("type", list(KINDS))
    return {allowed} if isinstance(allowed, str) else set(allowed)


def set_to(keyword: str, value: Any) -> Change:
    return lambda node: node.update({keyword: copy.deepcopy(value)})


def without(keyword: str, step: Any) -> Change:
    return lambda node: node[keyword].pop(step)


def breaking(node: Schema, root: Schema) -> Iterator[tuple[str, Change]]:
    kinds = kinds_of(node, root)
    for keyword, value in ANYWHERE.items():
        if keyword not in node:
            yield f"add {keyword}", set_to(keyword, value)
    for kind in kinds & KINDS.keys():
        for keyword, value in KINDS[kind].items():
            if keyword not in node:
                yield f"add {keyword}", set_to(keyword, value)
    if "object" in kinds:
        yield "require", set_to("required", [*node.get("required", ()), NEVER])
        named = {"properties": {"name": {"const": NEVER}}, "required": [NEVER]}
        yield "all of", set_to("allOf", [named])
    for name in node.get("properties", {}):
        yield f"take {name} away", without("properties", name)
    for keyword in ("anyOf", "enum"):
        for number in range(len(node.get(keyword, ()))):
            yield f"take {keyword} {number} away", without(keyword, number)
    yield from narrowed(node, kinds)


def narrowed(node: Schema, kinds: set[str]) -> Iterator[tuple[str, Change]]:
    if isinstance(node.get("type"), list):
        for number in range(len(node["type"])):
            yield f"take type {number} away", without("type", number)
    if isinstance(node.get("type"), str):
        yield "another type", set_to("type", "boolean" if node["type"] != "boolean" else "string")
    if "$ref" in node:
        yield "type beside", set_to("type", "string" if "string" not in kinds else "object")
    if "default" in node:
        yield "no default", lambda node: node.pop("default")
    for limit in ("maxLength", "maxItems", "maxProperties", "maximum"):
        if limit in node:
            yield f"lower {limit}", set_to(limit, node[limit] - 1)
    for limit in ("minLength", "minItems", "minProperties", "minimum"):
        if limit in node:
            yield f"higher {limit}", set_to(limit, node[limit] + 1)


def compatible(node: Schema) -> Iterator[tuple[str, Change]]:
    yield "describe", set_to("description", "Otherwise.")
    if "properties" in node:
        yield "add a field", lambda node: node["properties"].update(new={"type": "string"})
    if "required" in node:
        yield "require less", without("required", 0)
    if "enum" in node:
        yield "allow a value", lambda node: node["enum"].append(NEVER)
    if "anyOf" in node:
        yield "allow a branch", lambda node: node["anyOf"].append({"type": "boolean"})
    if "$ref" in node:
        yield "say it twice", lambda node: node.update(allOf=[{"$ref": node["$ref"]}])
    if isinstance(node.get("type"), list):
        yield "allow a type", lambda node: node["type"].append("boolean")
    for limit in TEXT_LIMITS:
        if limit in node:
            yield f"higher {limit}", set_to(limit, node[limit] + 1)
            yield f"no {limit}", lambda node, limit=limit: node.pop(limit)  # type: ignore[misc]


def changed(schema: Schema, path: tuple[Any, ...], change: Change) -> Schema:
    copied = copy.deepcopy(schema)
    change(at(copied, path))
    return copied


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_change_that_breaks_a_schema_is_seen(file: Any) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))
    tried, passed = 0, []

    for path in nodes(schema):
        changes = list(breaking(at(schema, path), schema))
        if path[-2:-1] == ("properties",):
            changes.append(("another default", set_to("default", NEVER)))
        for name, change in changes:
            tried += 1
            if not incompatibilities(schema, changed(schema, path, change)):
                passed.append((path, name))

    assert passed == []
    assert tried > 30


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_change_that_breaks_nothing_is_let_through(file: Any) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))

    refused = [
        (path, name, found)
        for path in nodes(schema)
        for name, change in compatible(at(schema, path))
        if (found := incompatibilities(schema, changed(schema, path, change)))
    ]

    assert refused == []


PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "zip": {"type": ["string", "null"]}},
    "required": ["zip"],
}


BOTH = [{"type": "string"}, {"type": "null"}]
EITHER: Schema = {"anyOf": BOTH}
SHORT: Schema = {"type": "string", "maxLength": 5}


def holder(field: Schema) -> Schema:
    return {"type": "object", "properties": {"place": field}, "$defs": {"Place": PLACE}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"$ref": "#/$defs/Place"}, {"$ref": "#/$defs/Place", "maxProperties": 1}),
        ({"$ref": "#/$defs/Place"}, {"$ref": "#/$defs/Place", "required": ["city"]}),
        (
            {"$ref": "#/$defs/Place"},
            {"$ref": "#/$defs/Place", "properties": {"city": {"maxLength": 1}}},
        ),
        ({"$ref": "#/$defs/Place"}, {"allOf": [{"$ref": "#/$defs/Place"}, {"required": ["city"]}]}),
        ({"anyOf": [{"type": "string"}]}, {"anyOf": [{"type": "string", "maxLength": 1}]}),
        (
            {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}]},
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
        ),
        (
            {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "string", "enum": ["a"]}]},
            {"anyOf": [{"type": "string", "maxLength": 8}, {"type": "string", "enum": ["a"]}]},
        ),
        (EITHER, EITHER | {"maxLength": 1}),
        ({"oneOf": [{"type": "string"}]}, {"oneOf": [{"type": "string", "pattern": "^a"}]}),
        ({"oneOf": BOTH}, {"oneOf": [*BOTH, {"type": "string", "maxLength": 1}]}),
        ({"allOf": [{"type": "string"}]}, {"allOf": [{"type": "string"}, {"minLength": 1}]}),
        ({"type": "number"}, {"allOf": [{"type": "number"}, {"type": "integer"}]}),
        ({}, {"type": "string"}),
        (True, False),
    ],
)
def test_constraints_beside_and_inside_branches_are_seen(old: Any, new: Any) -> None:
    assert incompatibilities(holder(old), holder(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"$ref": "#/$defs/Place", "required": ["city"]}, {"$ref": "#/$defs/Place"}),
        ({"$ref": "#/$defs/Place"}, PLACE),
        ({"$ref": "#/$defs/Place"}, {"allOf": [{"$ref": "#/$defs/Place"}]}),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (SHORT, {"anyOf": [SHORT | {"maxLength": 4}, SHORT]}),
        ({"allOf": [{"type": "number"}, {"type": "integer"}]}, {"type": "integer"}),
        ({"type": "string"}, {}),
        (False, True),
    ],
)
def test_the_same_said_otherwise_and_more_allowed_is_compatible(old: Any, new: Any) -> None:
    assert incompatibilities(holder(old), holder(new)) == []

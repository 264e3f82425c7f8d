"""A released schema can grow; each way of breaking it is caught."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from leadstream_dev.contracts.compatibility import incompatibilities

Schema = dict[str, Any]

RELEASED: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string", "maxLength": 500},
        "note": {"type": ["string", "null"], "minLength": 1},
        "count": {"type": ["integer", "null"], "minimum": 0, "maximum": 10, "default": 0},
        "share": {"type": "number"},
        "active": {"type": ["boolean", "null"], "default": False},
        "score": {"type": "string", "enum": ["hot", "warm"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "links": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 5},
        "params": {"type": "object"},
        "place": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}], "default": {}},
        "home": {"$ref": "#/$defs/Place"},
    },
    "required": ["id", "name", "home"],
    "$defs": {
        "Place": {
            "type": "object",
            "properties": {"city": {"type": ["string", "null"]}, "zip": {"type": "string"}},
            "required": ["zip"],
        }
    },
}

Edit = Callable[[Schema], object]


def fields(schema: Schema) -> Schema:
    properties: Schema = schema["properties"]
    return properties


def place(schema: Schema) -> Schema:
    part: Schema = schema["$defs"]["Place"]
    return part


def changed(edit: Edit) -> list[str]:
    schema = copy.deepcopy(RELEASED)
    edit(schema)
    return incompatibilities(RELEASED, schema)


def rename(schema: Schema) -> None:
    fields(schema)["title"] = fields(schema).pop("name")
    schema["required"] = ["id", "title", "home"]


BREAKING: list[tuple[str, Edit, list[str]]] = [
    ("removed field", lambda s: fields(s).pop("note"), [".note: is gone"]),
    ("renamed field", rename, [".title: is required now", ".name: is gone"]),
    (
        "removed nested",
        lambda s: place(s)["properties"].pop("city"),
        [".place.city: is gone", ".home.city: is gone"],
    ),
    ("now required", lambda s: s["required"].append("note"), [".note: is required now"]),
    (
        "nested now required",
        lambda s: place(s)["required"].append("city"),
        [".place.city: is required now", ".home.city: is required now"],
    ),
    (
        "new and required",
        lambda s: (fields(s).update(new={"type": "string"}), s["required"].append("new")),
        [".new: is required now"],
    ),
    (
        "null taken away",
        lambda s: fields(s)["note"].update(type="string"),
        [".note: null is no longer allowed"],
    ),
    (
        "object's null taken away",
        lambda s: fields(s).update(place={"$ref": "#/$defs/Place", "default": {}}),
        [".place: null is no longer allowed"],
    ),
    (
        "another type",
        lambda s: fields(s)["share"].update(type="string"),
        [".share: number is no longer allowed"],
    ),
    (
        "narrower type",
        lambda s: fields(s)["share"].update(type="integer"),
        [".share: number is no longer allowed"],
    ),
    (
        "array's item type",
        lambda s: fields(s)["tags"]["items"].update(type="integer"),
        [".tags[]: string is no longer allowed"],
    ),
    (
        "map's value type",
        lambda s: fields(s)["links"]["additionalProperties"].update(type="integer"),
        [".links.*: string is no longer allowed"],
    ),
    (
        "any to one type",
        lambda s: fields(s)["params"].update(additionalProperties={"type": "string"}),
        [".params.*: any is no longer allowed"],
    ),
    (
        "enum value gone",
        lambda s: fields(s)["score"].update(enum=["hot"]),
        [".score: warm is no longer allowed"],
    ),
    (
        "enum added",
        lambda s: fields(s)["name"].update(enum=["a"]),
        [".name: only certain values are allowed now"],
    ),
    (
        "format added",
        lambda s: fields(s)["name"].update(format="email"),
        [".name: format has changed"],
    ),
    ("format changed", lambda s: fields(s)["id"].update(format="uri"), [".id: format has changed"]),
    (
        "pattern added",
        lambda s: fields(s)["name"].update(pattern="^a"),
        [".name: pattern has changed"],
    ),
    ("shorter", lambda s: fields(s)["name"].update(maxLength=499), [".name: maxLength is lower"]),
    ("limit added", lambda s: fields(s)["id"].update(maxLength=36), [".id: maxLength is lower"]),
    (
        "longer at least",
        lambda s: fields(s)["note"].update(minLength=2),
        [".note: minLength is higher"],
    ),
    ("lower maximum", lambda s: fields(s)["count"].update(maximum=9), [".count: maximum is lower"]),
    (
        "higher minimum",
        lambda s: fields(s)["count"].update(minimum=1),
        [".count: minimum is higher"],
    ),
    ("fewer items", lambda s: fields(s)["tags"].update(maxItems=4), [".tags: maxItems is lower"]),
    (
        "fewer entries",
        lambda s: fields(s)["links"].update(maxProperties=4),
        [".links: maxProperties is lower"],
    ),
    (
        "default's type",
        lambda s: fields(s)["active"].update(default=0),
        [".active: the default has changed"],
    ),
    (
        "default's value",
        lambda s: fields(s)["count"].update(default=1),
        [".count: the default has changed"],
    ),
    (
        "default gone",
        lambda s: fields(s)["count"].pop("default"),
        [".count: the default has changed"],
    ),
    (
        "closed",
        lambda s: s.update(unevaluatedProperties=False),
        [": unevaluatedProperties has changed"],
    ),
]

COMPATIBLE: list[tuple[str, Edit]] = [
    ("nothing", lambda s: None),
    ("optional field", lambda s: fields(s).update(new={"type": "string"})),
    ("optional nested field", lambda s: place(s)["properties"].update(country={"type": "string"})),
    ("now optional", lambda s: s["required"].remove("name")),
    ("null allowed", lambda s: fields(s)["name"].update(type=["string", "null"])),
    ("wider number", lambda s: fields(s)["count"].update(type=["number", "null"])),
    ("more types", lambda s: fields(s)["share"].update(type=["number", "string"])),
    ("any type", lambda s: fields(s)["tags"].pop("items")),
    ("enum value added", lambda s: fields(s)["score"].update(enum=["hot", "warm", "cold"])),
    ("enum dropped", lambda s: fields(s)["score"].pop("enum")),
    ("longer", lambda s: fields(s)["name"].update(maxLength=501)),
    ("limit dropped", lambda s: fields(s)["name"].pop("maxLength")),
    ("lower minimum", lambda s: fields(s)["count"].update(minimum=-1)),
    ("words", lambda s: fields(s)["name"].update(description="Its name.", title="Name")),
    (
        "part's name",
        lambda s: (
            s["$defs"].update(Spot=place(s)),
            fields(s).update(home={"$ref": "#/$defs/Spot"}),
        ),
    ),
]


@pytest.mark.parametrize(("edit", "found"), [c[1:] for c in BREAKING], ids=[c[0] for c in BREAKING])
def test_incompatible_change_is_named(edit: Edit, found: list[str]) -> None:
    assert changed(edit) == found


@pytest.mark.parametrize("edit", [c[1] for c in COMPATIBLE], ids=[c[0] for c in COMPATIBLE])
def test_compatible_change_passes(edit: Edit) -> None:
    assert changed(edit) == []

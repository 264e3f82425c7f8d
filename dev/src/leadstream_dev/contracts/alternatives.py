"""A schema as the alternatives it allows: references, `allOf`, `anyOf` and what stands beside them, unfolded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from leadstream_dev.contracts.json_schema import Schema

# These say nothing about which records are valid.
PROSE: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})
_SPREAD: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
_KINDS: Final[dict[str, Any]] = {
    "null": type(None),
    "boolean": bool,
    "string": str,
    "array": list,
    "object": dict,
    "number": (int, float),
}
_TIGHTER: Final = {
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
}
_NESTED: Final = frozenset({"items", "additionalProperties", "propertyNames"})


@dataclass(frozen=True, slots=True)
class Alternative:
    """One JSON type (`any` for all), and all that is asked of a value of it."""

    kind: str
    schema: Schema

    def accepts(self, other: "Alternative") -> bool:
        return self.kind in {other.kind, "any"} or (self.kind, other.kind) == ("number", "integer")


def alternatives(schema: Schema | bool, parts: Schema) -> list[Alternative]:
    return [
        Alternative(kind, _of_kind(kind, whole))
        for whole in _unfolded(schema, parts)
        for kind in _kinds(whole)
        if _has_values(kind, whole)
    ]


def inlined(value: Any, parts: Schema) -> Any:
    """A value with what its references name in their place."""
    if isinstance(value, list):
        return [inlined(each, parts) for each in value]
    if not isinstance(value, dict):
        return value
    own = {name: inlined(each, parts) for name, each in value.items()}
    reference = own.get("$ref")
    return own | {"$ref": inlined(_part(reference, parts), parts)} if reference else own


def _part(reference: str, parts: Schema) -> Any:
    return parts[reference.rpartition("/")[2]]


def _unfolded(schema: Schema | bool, parts: Schema) -> Iterator[Schema]:
    """Schemas without references and branches, of which one must hold."""
    if isinstance(schema, bool):
        yield from [{}] if schema else []
        return
    own = {name: value for name, value in schema.items() if name not in _SPREAD}
    # Two branches of oneOf may not hold at once: each is bound to the others, and so to all of them as they are.
    if len(schema.get("oneOf", ())) > 1:
        own["oneOf"] = inlined(schema["oneOf"], parts)
    groups: list[list[Schema | bool]] = [[own]]
    if "$ref" in schema:
        groups.append([_part(schema["$ref"], parts)])
    groups += [[each] for each in schema.get("allOf", ())]
    groups += [schema[name] for name in ("anyOf", "oneOf") if name in schema]
    choices = [_all_unfolded(group, parts, own) for group in groups]
    nothing: list[Schema] = [{}]
    yield from reduce(_combined, choices, nothing)


def _all_unfolded(group: Iterable[Schema | bool], parts: Schema, own: Schema) -> list[Schema]:
    return [whole for each in group for whole in ([own] if each is own else _unfolded(each, parts))]


def _combined(some: list[Schema], more: list[Schema]) -> list[Schema]:
    return [_both(one, other) for one in some for other in more]


def _both(one: Schema, other: Schema) -> Schema:
    """What two schemas ask for together."""
    shared = one.keys() & other.keys()
    return {**one, **other, **{name: _together(name, one[name], other[name]) for name in shared}}


def _together(name: str, one: Any, other: Any) -> Any:
    if one == other or name in PROSE or name == "default":
        return one
    if name == "type":
        return _common_kinds(one, other)
    if name in _TIGHTER:
        return _TIGHTER[name](one, other)
    if name == "enum":
        return [value for value in one if value in other]
    if name == "required":
        return [*one, *other]
    if name == "properties":
        both = {key: {"allOf": [one[key], other[key]]} for key in one.keys() & other.keys()}
        return one | other | both
    return {"allOf": [one, other]} if name in _NESTED else [one, other]


def _common_kinds(one: str | list[str], other: str | list[str]) -> list[str]:
    ones, others = _listed(one), _listed(other)
    whole = {"integer"} if "integer" in {*ones, *others} and "number" in {*ones, *others} else set()
    return [kind for kind in dict.fromkeys([*ones, *others]) if kind in ones and kind in others] + [
        kind for kind in whole if not (kind in ones and kind in others)
    ]


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds


def _kinds(whole: Schema) -> list[str]:
    return _listed(whole.get("type", "any"))


def _has_values(kind: str, whole: Schema) -> bool:
    return "enum" not in whole or bool(_of_type(kind, whole["enum"]))


def _of_kind(kind: str, whole: Schema) -> Schema:
    return whole | {"enum": _of_type(kind, whole["enum"])} if "enum" in whole else whole


def _of_type(kind: str, values: list[Any]) -> list[Any]:
    wanted = _KINDS.get("number" if kind == "integer" else kind, object)
    return [
        value
        for value in values
        if isinstance(value, wanted) and (kind in {"boolean", "any"} or not isinstance(value, bool))
    ]

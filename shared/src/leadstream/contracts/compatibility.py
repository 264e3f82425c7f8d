"""Whether a changed schema still means the same for all that the released one allowed.

The rule is `backward`: a record that was valid stays valid and keeps its meaning. So optional fields may
be added, values allowed and limits loosened; nothing may be taken away.
"""

from collections.abc import Iterator
from typing import Final

from leadstream.contracts.json_schema import Schema

_UPPER: Final = ("maximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "minLength", "minItems", "minProperties")
_BELOW: Final = {"items": "[]", "additionalProperties": ".*", "propertyNames": " (names)"}
# These say nothing about which records are valid.
_PROSE: Final = {"$schema", "$id", "$defs", "title", "description", "examples"}
_UNDERSTOOD: Final = _PROSE.union(
    {"$ref", "type", "anyOf", "enum", "default", "properties", "required"}, _UPPER, _LOWER, _BELOW
)


def incompatibilities(released: Schema, changed: Schema) -> list[str]:
    """Each change that breaks the rule, by path; an empty list means compatible."""
    comparison = _Comparison(released.get("$defs", {}), changed.get("$defs", {}))
    return list(comparison.fields("", released, changed))


class _Comparison:
    def __init__(self, released_parts: Schema, changed_parts: Schema) -> None:
        self._released_parts = released_parts
        self._changed_parts = changed_parts

    def fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from _default(path, old, new)
        yield from _values(path, old, new)
        after = _kinds(new, self._changed_parts)
        for kind, before in _kinds(old, self._released_parts).items():
            accepting = _accepting(kind, after)
            if accepting is None:
                yield f"{path or 'value'}: {kind} is no longer allowed"
            elif kind != "null":
                yield from self._details(path, before, accepting)

    def _details(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from _limits(path, old, new)
        yield from self._properties(path, old, new)
        for keyword, mark in _BELOW.items():
            if keyword in new:
                yield from self.fields(f"{path}{mark}", old.get(keyword, {}), new[keyword])
        for keyword in sorted((old.keys() | new.keys()) - _UNDERSTOOD):
            if old.get(keyword) != new.get(keyword):
                yield f"{path}: {keyword} has changed"

    def _properties(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{path}.{name}: is required now"
        kept = new.get("properties", {})
        for name, field in old.get("properties", {}).items():
            if name in kept:
                yield from self.fields(f"{path}.{name}", field, kept[name])
            else:
                yield f"{path}.{name}: is gone"


def _kinds(schema: Schema, parts: Schema) -> dict[str, Schema]:
    """The JSON types a schema allows, each with the schema that goes for it; `any` for all."""
    if "$ref" in schema:
        return _kinds(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return {kind: s for part in schema["anyOf"] for kind, s in _kinds(part, parts).items()}
    allowed = schema.get("type", "any")
    return dict.fromkeys([allowed] if isinstance(allowed, str) else allowed, schema)


def _accepting(kind: str, kinds: dict[str, Schema]) -> Schema | None:
    wider = "number" if kind == "integer" else "any"
    return kinds.get(kind) or kinds.get(wider) or kinds.get("any")


def _default(path: str, old: Schema, new: Schema) -> Iterator[str]:
    # A record that leaves the field out would mean something else.
    if repr(old.get("default")) != repr(new.get("default")):
        yield f"{path}: the default has changed"


def _values(path: str, old: Schema, new: Schema) -> Iterator[str]:
    if "enum" not in new:
        return
    if "enum" not in old:
        yield f"{path}: only certain values are allowed now"
        return
    for value in old["enum"]:
        if value not in new["enum"]:
            yield f"{path}: {value} is no longer allowed"


def _limits(path: str, old: Schema, new: Schema) -> Iterator[str]:
    for limit in _UPPER:
        if limit in new and new[limit] < old.get(limit, float("inf")):
            yield f"{path}: {limit} is lower"
    for limit in _LOWER:
        if limit in new and new[limit] > old.get(limit, float("-inf")):
            yield f"{path}: {limit} is higher"

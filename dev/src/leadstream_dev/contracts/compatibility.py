"""Whether a changed schema still means the same for all that the released one allowed.

The rule is `backward`: a record that was valid stays valid and keeps its meaning. So optional fields may
be added, values allowed and limits loosened; nothing may be taken away. What isn't understood must stay as it is.
"""

from collections.abc import Iterator
from typing import Final

from leadstream_dev.contracts.alternatives import PROSE, Alternative, alternatives, inlined
from leadstream_dev.contracts.json_schema import Schema

_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_BELOW: Final = {"items": "[]", "additionalProperties": ".*", "propertyNames": " (names)"}
_UNDERSTOOD: Final = PROSE.union(
    {"type", "enum", "default", "properties", "required"}, _UPPER, _LOWER, _BELOW
)


def incompatibilities(released: Schema, changed: Schema) -> list[str]:
    """Each change that breaks the rule, by path; an empty list means compatible."""
    comparison = _Comparison(released.get("$defs", {}), changed.get("$defs", {}))
    return list(dict.fromkeys(comparison.fields("", released, changed)))


class _Comparison:
    def __init__(self, released_parts: Schema, changed_parts: Schema) -> None:
        self._released_parts = released_parts
        self._changed_parts = changed_parts

    def fields(self, path: str, old: Schema | bool, new: Schema | bool) -> Iterator[str]:
        befores = alternatives(old, self._released_parts)
        afters = alternatives(new, self._changed_parts)
        yield from _default(path, befores, afters)
        for before in befores:
            accepting = [after for after in afters if after.accepts(before)]
            if not accepting:
                yield f"{path or 'value'}: {before.kind} is no longer allowed"
                continue
            # One that takes all of it is enough; of several that don't, the nearest tells most.
            found = (list(self._details(path, before.schema, each.schema)) for each in accepting)
            yield from min(found, key=len)

    def _details(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from _values(path, old, new)
        yield from _limits(path, old, new)
        yield from self._properties(path, old, new)
        for keyword, mark in _BELOW.items():
            if keyword in new:
                yield from self.fields(f"{path}{mark}", old.get(keyword, {}), new[keyword])
        for keyword in sorted((old.keys() | new.keys()) - _UNDERSTOOD):
            before = inlined(old.get(keyword), self._released_parts)
            if before != inlined(new.get(keyword), self._changed_parts):
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


def _default(path: str, old: list[Alternative], new: list[Alternative]) -> Iterator[str]:
    # A record that leaves the field out would mean something else.
    if old and {repr(each.schema.get("default")) for each in old} != {
        repr(each.schema.get("default")) for each in new
    }:
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

"""What a document costs: before it is run by what it asks for, afterwards by what it gave; and the shop's bucket."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.shopify.schema import SCHEMA

MOST = 1_000
MUTATION = 10
# What a connection costs also where it is empty.
_LEAST_OF_CONNECTION = 2


@dataclass(slots=True)
class Bucket:
    """The points of one app at one shop."""

    size: float
    rate: float
    left: float
    at: float = field(default_factory=time.monotonic)

    def available(self) -> float:
        now = time.monotonic()
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now
        return self.left

    def settle(self, points: float) -> None:
        self.left = min(self.size, self.available() - points)

    def status(self) -> JsonObject:
        return {
            "maximumAvailable": self.size,
            "currentlyAvailable": int(self.available()),
            "restoreRate": self.rate,
        }


@dataclass(slots=True)
class Pricing:
    """The cost of one operation of a document."""

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]

    def requested(self) -> int:
        selection = self.operation.selection_set
        if self.operation.operation is OperationType.MUTATION:
            return MUTATION * len(selection.selections)
        return self._asked(selection, SCHEMA.query_type)

    def actual(self, data: Mapping[str, Any] | None) -> int:
        if self.operation.operation is OperationType.MUTATION:
            return MUTATION * len(self.operation.selection_set.selections)
        return _given(data or {})

    def _asked(self, selection: SelectionSetNode, parent: Any) -> int:
        return sum(self._field(node, parent, one) for node, one in self._fields(selection, parent))

    def _fields(self, selection: SelectionSetNode, parent: Any) -> Any:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, parent
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                of = SCHEMA.type_map[condition.name.value] if condition else parent
                yield from self._fields(node.selection_set, of)
            elif isinstance(node, FragmentSpreadNode):
                found = self._fragment(node.name.value)
                of = SCHEMA.type_map[found.type_condition.name.value]
                yield from self._fields(found.selection_set, of)

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        return next(
            each
            for each in self.document.definitions
            if isinstance(each, FragmentDefinitionNode) and each.name.value == name
        )

    def _field(self, node: FieldNode, parent: Any, of: Any) -> int:
        if not isinstance(of, GraphQLObjectType | GraphQLInterfaceType) or (
            node.selection_set is None or node.name.value.startswith("__")
        ):
            return 0
        kind = get_named_type(of.fields[node.name.value].type)
        within = self._asked(node.selection_set, kind)
        arguments = {
            each.name.value: value_from_ast_untyped(each.value, dict(self.variables))
            for each in node.arguments or ()
        }
        if kind.name.endswith("Connection"):
            return 1 + int(arguments.get("first") or 0) * within
        if node.name.value == "nodes" and "ids" in arguments:
            return len(arguments["ids"]) * (1 + within)
        return within + 1


def _given(value: object) -> int:
    """A point for each object there is, and not for the lists they are in."""
    if isinstance(value, list):
        return sum(map(_given_object, value))
    if not isinstance(value, dict):
        return 0
    return sum(_given_field(each) for each in value.values())


def _given_field(value: object) -> int:
    if isinstance(value, dict) and isinstance(value.get("nodes"), list):
        return max(_LEAST_OF_CONNECTION, 1 + _given(value["nodes"]))
    return _given_object(value) if isinstance(value, dict) else _given(value)


def _given_object(value: object) -> int:
    return 1 + _given(value) if isinstance(value, dict) else 0

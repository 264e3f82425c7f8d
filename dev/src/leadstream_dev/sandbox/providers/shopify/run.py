"""Reads, checks and runs a document as Shopify does, and says in Shopify's words what is wrong with it."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.shopify.costs import MOST, Bucket, Pricing
from leadstream_dev.sandbox.providers.shopify.graph import Graph
from leadstream_dev.sandbox.providers.shopify.schema import SCHEMA

# How graphql-core says what Shopify has codes for.
_CODES = {
    "Cannot query field": "undefinedField",
    "Unknown argument": "argumentNotAccepted",
    "Unknown type": "undefinedType",
    "is required, but it was not provided": "missingRequiredArguments",
    "must have a selection of subfields": "selectionMismatch",
    "used in position expecting type": "variableMismatch",
}
_INVALID = re.compile(
    r"Variable '\$(?P<name>\w+)' has invalid value(?: at (?P<path>\S+))?: (?P<said>.*)", re.DOTALL
)


def roots_of(text: str) -> list[str]:
    """The fields at the top of a document, for the ledger; none of one that can't be read."""
    try:
        document = parse(text)
    except GraphQLError:
        return []
    names = [
        each.name.value
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for each in definition.selection_set.selections
        if hasattr(each, "name")
    ]
    return list(dict.fromkeys(names))


def run(text: str, variables: Mapping[str, Any], graph: Graph, bucket: Bucket) -> JsonObject:
    """The body of the answer; what was done are the graph's effects."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as exc:
        return {"errors": [_said(exc, None, f"syntax error, {exc.message}")]}
    wrong = validate(SCHEMA, document)
    if wrong:
        return {"errors": [_said(each, _code_of(each)) for each in wrong]}
    operation = _operation(document)
    problem = _wrong_variables(operation, variables)
    if problem:
        return {"errors": problem}
    return _priced(Pricing(document, operation, variables), graph, bucket)


def _priced(pricing: Pricing, graph: Graph, bucket: Bucket) -> JsonObject:
    cost = pricing.requested()
    if cost > MOST:
        said = f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST})."
        extensions = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MOST}
        return {"errors": [{"message": said, "extensions": extensions}]}
    if bucket.available() < cost:
        return throttled(cost, bucket)
    result = execute_sync(
        SCHEMA, pricing.document, root_value=graph.root(), variable_values=dict(pricing.variables)
    )
    spent = pricing.actual(result.data)
    bucket.settle(spent)
    body: JsonObject = {"data": result.data}
    if result.errors:
        body["errors"] = [each.formatted for each in result.errors]
    return body | {"extensions": {"cost": _cost(cost, spent, bucket)}}


def throttled(cost: int, bucket: Bucket) -> JsonObject:
    return {
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": _cost(cost, None, bucket)},
    }


def _cost(requested: int, actual: int | None, bucket: Bucket) -> JsonObject:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": bucket.status(),
    }


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(e for e in document.definitions if isinstance(e, OperationDefinitionNode))


def _wrong_variables(
    operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[JsonObject]:
    definitions = operation.variable_definitions or ()
    found = get_variable_values(SCHEMA, definitions, dict(variables))
    if not isinstance(found, list):
        return []
    return [_invalid_variable(each, variables) for each in found]


def _invalid_variable(error: GraphQLError, variables: Mapping[str, Any]) -> JsonObject:
    found = _INVALID.match(error.message)
    name = found["name"] if found else ""
    path = (found["path"] or "").split(".")[1:] if found else []
    explanation = found["said"] if found else error.message
    value: Any = variables.get(name)
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else value
    if "does not exist in 'CountryCode' enum" in explanation:
        explanation = f'Expected "{value}" to be one of: AF, AX, AL, DZ'
    where = ".".join(path) or name
    return {
        "message": f"Variable ${name} was provided invalid value for {where} ({explanation})",
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": variables.get(name),
            "problems": [{"path": path, "explanation": explanation}],
        },
    }


def _code_of(error: GraphQLError) -> str:
    return next(
        (code for words, code in _CODES.items() if words in error.message), "invalidDocument"
    )


def _said(error: GraphQLError, code: str | None, message: str | None = None) -> JsonObject:
    formatted: JsonObject = {"message": message or error.message}
    locations = error.locations or []
    formatted["locations"] = [{"line": each.line, "column": each.column} for each in locations]
    return formatted | ({"extensions": {"code": code}} if code else {})

"""JSON Schema and codec agree: what one takes the other takes."""

import copy
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from leadstream.contracts import VERSIONS, Decoded, Event, Record, decode
from leadstream.contracts.fields import parse_moment
from leadstream.contracts.registry import default_root
from leadstream_dev.contracts.json_schema import json_schema

NOTHING: Any = object()
SUBSTITUTES: list[Any] = [
    NOTHING,
    None,
    True,
    False,
    0,
    -1,
    7,
    2.0,
    2.5,
    2**31,
    2**53,
    "",
    "x" * 500,
    "x" * 501,
    "x" * 2_049,
    "x" * 20_001,
    [],
    [7],
    ["x"],
    ["x"] * 201,
    {},
    {"x": "y"},
    {"x": None},
    {"x": 7},
    {str(n): "y" for n in range(201)},
]
# Deliberately more lenient than the schema, which tells producers what to send.
OPEN_WORDS = {"signal_strength", "email_status"}


def example(event: type[Event]) -> Any:
    path = default_root() / "examples" / event.topic_name / f"v{event.version}" / "full.json"
    return orjson.loads(path.read_bytes())


def variants(value: Any) -> Iterator[tuple[str, Any]]:
    """The value with each of its places, at any depth, taken away or replaced."""
    places = value if isinstance(value, dict) else range(min(1, len(value)))
    for place in places:
        for substitute in SUBSTITUTES:
            changed = copy.copy(value)
            if substitute is not NOTHING:
                changed[place] = substitute
                yield f"{place}", changed
            elif isinstance(value, dict):
                del changed[place]
                yield f"{place}", changed
        if isinstance(value[place], dict | list):
            for path, below in variants(value[place]):
                changed = copy.copy(value)
                changed[place] = below
                yield f"{place}.{path}", changed


def with_formats() -> FormatChecker:
    """A schema only notes formats; the codec holds to them."""
    checker = FormatChecker(["uuid"])
    checker.checks("date-time", ValueError)(is_moment)
    return checker


def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(parse_moment(value))


@pytest.mark.parametrize("event", VERSIONS.values(), ids=VERSIONS)
def test_schema_and_codec_take_the_same(event: type[Event]) -> None:
    validator = Draft202012Validator(json_schema(event), format_checker=with_formats())
    cases = [
        (path, value)
        for path, value in variants(example(event))
        if path.rpartition(".")[2] not in OPEN_WORDS
    ]
    assert len(cases) > 100

    for path, value in cases:
        result = decode(Record(topic=event.topic_name, value=orjson.dumps(value)))

        assert isinstance(result, Decoded) == validator.is_valid(value), f"{path}: {result}"

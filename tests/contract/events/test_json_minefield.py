"""The JSON parsing minefield as record values, alone and inside an event."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from leadstream.contracts import EVENTS, Decoded, Reason, Record, Rejected, decode
from leadstream.contracts.registry import default_root
from support.vectors import vectors

SUITE = vectors("json_test_suite")
PARSING = sorted((SUITE / "test_parsing").glob("*.json"))
TRANSFORM = sorted((SUITE / "test_transform").glob("*.json"))
MALFORMED = {Reason.MALFORMED_JSON, Reason.INVALID_UTF8, Reason.TOO_DEEP}
# A lone surrogate is met before the fault that the file is about.
SURROGATE_FIRST = {
    "n_string_1_surrogate_then_escape_u.json",
    "n_string_1_surrogate_then_escape_u1.json",
}


def files(*prefixes: str) -> pytest.MarkDecorator:
    chosen = [path for path in PARSING if path.name.startswith(prefixes)]
    assert chosen
    return pytest.mark.parametrize("path", chosen, ids=[path.stem for path in chosen])


def lead_with(field: str, value: bytes) -> bytes:
    lead = (default_root() / "examples/lead.discovered/v1/minimal.json").read_bytes()
    return lead.rstrip()[:-1] + b', "' + field.encode() + b'": ' + value + b"}"


def has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_nul, [*value, *value.values()]))
    if isinstance(value, list):
        return any(map(has_nul, value))
    return isinstance(value, str) and "\0" in value


def test_the_whole_suite_is_here() -> None:
    assert len(PARSING) >= 300


@files("y_")
def test_valid_json_is_no_event_but_parses(path: Path) -> None:
    result = decode(Record(topic="lead.discovered", value=path.read_bytes()))

    assert isinstance(result, Rejected)
    unstorable = has_nul(orjson.loads(path.read_bytes()))
    assert result.reason is (Reason.UNSUPPORTED_TEXT if unstorable else Reason.SCHEMA_VIOLATION)


@files("y_")
def test_valid_json_in_a_field_of_no_interest_does_no_harm(path: Path) -> None:
    value = lead_with("unknown", path.read_bytes())

    result = decode(Record(topic="lead.discovered", value=value))

    if has_nul(orjson.loads(value)):
        assert isinstance(result, Rejected)
    else:
        assert isinstance(result, Decoded), result


@files("n_")
def test_invalid_json_is_malformed(path: Path) -> None:
    result = decode(Record(topic="lead.discovered", value=path.read_bytes()))

    assert isinstance(result, Rejected)
    assert result.reason in MALFORMED | {Reason.UNSUPPORTED_TEXT}


@pytest.mark.parametrize("path", PARSING + TRANSFORM, ids=lambda path: path.stem)
def test_any_json_gets_an_answer_on_every_topic_and_in_every_mode(path: Path) -> None:
    structured = [("content-type", b"application/cloudevents+json")]
    value = path.read_bytes()

    for topic in EVENTS:
        for headers in ([], structured):
            assert isinstance(decode(Record(topic=topic, value=value, headers=headers)), Rejected)


@pytest.mark.parametrize("path", PARSING, ids=lambda path: path.stem)
def test_neighbours_of_a_bad_record_are_untouched(path: Path) -> None:
    good = lead_with("unknown", orjson.dumps(path.name))

    decode(Record(topic="lead.discovered", value=path.read_bytes()))

    assert isinstance(decode(Record(topic="lead.discovered", value=good)), Decoded)

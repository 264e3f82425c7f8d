"""The examples are what people copy: each is right, complete, and can be piped into kcat."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from leadstream.contracts import VERSIONS, Decoded, Event, Record, decode
from leadstream.contracts.registry import default_root
from leadstream_dev.contracts.json_schema import Schema, json_schema
from support.encoded import encode

ROOT = default_root()
NAMES = ("minimal", "full", "unicode")


def path_of(event: type[Event], name: str) -> Path:
    return ROOT / "examples" / event.topic_name / f"v{event.version}" / f"{name}.json"


def read(event: type[Event], name: str) -> Any:
    return orjson.loads(path_of(event, name).read_bytes())


EXAMPLES = [(event, name) for event in VERSIONS.values() for name in NAMES]
every_example = pytest.mark.parametrize(
    ("event", "name"), EXAMPLES, ids=[f"{event.event_type()}-{name}" for event, name in EXAMPLES]
)
every_event = pytest.mark.parametrize("event", VERSIONS.values(), ids=VERSIONS)


def test_there_are_no_other_examples() -> None:
    found = {path for path in ROOT.glob("examples/**/*") if path.is_file()}

    assert found == {path_of(event, name) for event, name in EXAMPLES}


@every_example
def test_example_is_one_kcat_message(event: type[Event], name: str) -> None:
    # kcat -P makes a message of each line.
    text = path_of(event, name).read_text(encoding="utf-8")

    assert text.endswith("}\n")
    assert text.count("\n") == 1


@every_example
def test_example_is_valid_by_its_schema(event: type[Event], name: str) -> None:
    schema = orjson.loads((ROOT / "events" / f"{event.event_type()}.schema.json").read_bytes())
    validator = Draft202012Validator(schema, format_checker=FormatChecker())

    assert [error.message for error in validator.iter_errors(read(event, name))] == []


@every_example
def test_example_alone_is_an_event_and_comes_back(event: type[Event], name: str) -> None:
    value = path_of(event, name).read_bytes()

    got = decode(Record(topic=event.topic_name, value=value))
    assert isinstance(got, Decoded), got
    sent = encode(got.event, event_id=got.id, producer="discovery", time=got.time)
    again = decode(Record(topic=sent.topic, key=sent.key, value=sent.value, headers=sent.headers))

    assert isinstance(again, Decoded), again
    assert type(got.event) is event
    assert again.event == got.event


@every_example
def test_no_text_of_an_example_gets_lost(event: type[Event], name: str) -> None:
    got = decode(Record(topic=event.topic_name, value=path_of(event, name).read_bytes()))

    assert isinstance(got, Decoded)
    kept = texts(orjson.loads(got.event.model_dump_json()))
    lost = texts(read(event, name)) - kept
    # Times are rewritten in UTC; everything else is as it was.
    assert {text for text in lost if not text.startswith("2026-")} == set()


@every_event
def test_full_example_has_every_field(event: type[Event]) -> None:
    schema = json_schema(event)

    assert missing(schema, schema, read(event, "full")) == []


@every_event
def test_minimal_example_has_required_fields_only(event: type[Event]) -> None:
    validator = Draft202012Validator(json_schema(event))
    example = read(event, "minimal")

    for name in example:
        rest = {other: value for other, value in example.items() if other != name}
        assert not validator.is_valid(rest), f"{name} could be left out"


def test_the_same_lead_travels_through_all_topics() -> None:
    leads = {
        (read(event, name)["lead_id"], read(event, name)["workspace_id"])
        for event in VERSIONS.values()
        for name in ("minimal", "full")
        if event.topic_name.startswith("lead.")
    }
    discovered = read(VERSIONS["lead.discovered.v1"], "full")
    enriched = read(VERSIONS["lead.enriched.v1"], "full")
    uploaded = read(VERSIONS["lead.upload.v1"], "full")["lead"]

    assert len(leads) == 1
    assert enriched | discovered == enriched
    assert uploaded["intent_signals"] == discovered["intent"]["signals"]
    assert uploaded["company_name"] == discovered["company"]["name"]


def texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts, value))
    return {value} if isinstance(value, str) else set()


def missing(root: Schema, schema: Schema, value: Any, path: str = "") -> list[str]:
    """The fields that a schema knows and a value has not, in any of its items."""
    schema = next((s for s in schema.get("anyOf", [schema]) if s != {"type": "null"}), schema)
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [gap for item in value for gap in missing(root, schema["items"], item, f"{path}[]")]
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    gaps = [f"{path}.{name}" for name in known if name not in value]
    below = [
        missing(root, known[name], value[name], f"{path}.{name}") for name in known if name in value
    ]
    return gaps + [gap for found in below for gap in found]

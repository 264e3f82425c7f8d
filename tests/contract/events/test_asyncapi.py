"""schemas/asyncapi.yaml holds together: every topic is in it, references lead somewhere, examples are valid.

That it is AsyncAPI 3 is for the project's own validator to say: schemas/README.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator

from leadstream.contracts.registry import EventTopic, default_root, load
from leadstream_dev.contracts import schemas

ROOT: Final = default_root()
REGISTRY: Final = load()
DOCUMENT: Final[dict[str, Any]] = yaml.safe_load((ROOT / "asyncapi.yaml").read_text("utf-8"))
MESSAGES: Final[dict[str, Any]] = DOCUMENT["components"]["messages"]


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def _follow(reference: str) -> object:
    if reference.startswith("./"):
        return orjson.loads((ROOT / reference).read_bytes())
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_topic_is_a_channel_and_every_service_that_uses_it_an_operation() -> None:
    wanted = {
        f"{service}.{does}.{topic.name}"
        for topic in REGISTRY.topics.values()
        for does, services in (("sends", topic.producers), ("receives", topic.consumers))
        for service in services
    }

    assert set(DOCUMENT["channels"]) == set(REGISTRY.topics)
    assert set(DOCUMENT["operations"]) == wanted


def test_every_version_of_every_event_is_a_message() -> None:
    versions = {
        f"{topic.name}.v{version}"
        for topic in REGISTRY.topics.values()
        if isinstance(topic, EventTopic)
        for version in topic.schemas
    }

    assert set(MESSAGES) == versions | {"deadLetter"}


@pytest.mark.parametrize("reference", sorted(set(_references(DOCUMENT))))
def test_references_lead_somewhere(reference: str) -> None:
    assert _follow(reference)


@pytest.mark.parametrize("name", [name for name in MESSAGES if name != "deadLetter"])
def test_examples_are_valid(name: str) -> None:
    message = MESSAGES[name]
    schema: Any = _follow(message["payload"]["schema"]["$ref"])

    examples = message["examples"]

    assert [example["name"] for example in examples] == ["full", "minimal"]
    for example in examples:
        Draft202012Validator(schema).validate(example["payload"])


def test_a_document_that_differs_is_found(tmp_path: Path) -> None:
    for path in ROOT.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "asyncapi.yaml").write_text("asyncapi: 3.0.0\n")

    assert schemas.outdated(tmp_path) == ["asyncapi.yaml"]

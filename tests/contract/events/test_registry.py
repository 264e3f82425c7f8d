"""Code, registry and design say the same."""

import orjson
import pytest
from jsonschema import Draft202012Validator

from leadstream.contracts import VERSIONS, Event
from leadstream.contracts.registry import EventTopic, dead_letter_topic, default_root, load
from leadstream_dev.contracts.json_schema import file_name

REGISTRY = load()
# The table in section 4 of the design: topic → key, produced by, consumed by.
STAGES = {"discovery", "enrichment", "delivery", "platform-upload"}
DESIGN = {
    "scheduler.tick": ("schedule", {"scheduler"}, {"discovery", "enrichment"}),
    "lead.discovered": ("lead_id", {"discovery"}, {"enrichment"}),
    "lead.enriched": ("lead_id", {"enrichment"}, {"delivery", "discovery"}),
    "lead.delivered": ("lead_id", {"delivery"}, {"discovery"}),
    "lead.upload": ("lead_id", {"delivery"}, {"platform-upload"}),
    "lead.uploaded": ("lead_id", {"platform-upload"}, {"discovery"}),
    "lead.failed": ("lead_id", STAGES, {"discovery"}),
    # ADR 13.
    "workspace.trouble": ("workspace_id", STAGES - {"delivery"}, {"delivery"}),
}

every_topic = pytest.mark.parametrize(
    "topic", REGISTRY.event_topics.values(), ids=REGISTRY.event_topics
)
every_event = pytest.mark.parametrize("event", VERSIONS.values(), ids=VERSIONS)


def test_registry_is_the_design() -> None:
    registered = {
        name: (topic.key, set(topic.producers), set(topic.consumers))
        for name, topic in REGISTRY.event_topics.items()
    }

    assert registered == DESIGN


def test_every_consumer_has_its_dead_letter_topic_and_there_are_no_others() -> None:
    wanted = {
        dead_letter_topic(topic.name, service): service
        for topic in REGISTRY.event_topics.values()
        for service in topic.consumers
    }
    registered = {
        name: topic.owner
        for name, topic in REGISTRY.topics.items()
        if not isinstance(topic, EventTopic)
    }

    assert registered == wanted
    assert "lead.upload.platform-upload.dlq" in registered


def test_dead_letters_keep_what_is_as_large_as_a_record_can_be_and_its_reason() -> None:
    sizes = {
        name: int(topic.config["max.message.bytes"])
        for name, topic in REGISTRY.topics.items()
        if "max.message.bytes" in topic.config
    }
    dead = [size for name, size in sizes.items() if name.endswith(".dlq")]
    events = [size for name, size in sizes.items() if not name.endswith(".dlq")]

    assert min(dead) > max(events) >= 2 * 1024 * 1024
    assert len(dead) == len(REGISTRY.topics) - len(REGISTRY.event_topics)


@every_topic
def test_topic_has_twelve_partitions(topic: EventTopic) -> None:
    assert topic.partitions == 12


@every_topic
def test_topic_has_a_model_and_a_schema_for_each_version(topic: EventTopic) -> None:
    models = {e.version: file_name(e) for e in VERSIONS.values() if e.topic_name == topic.name}

    assert {version: path.name for version, path in topic.schemas.items()} == models
    for path in topic.schemas.values():
        schema = orjson.loads((REGISTRY.root / path).read_bytes())
        Draft202012Validator.check_schema(schema)
        assert schema["title"] == path.name.removesuffix(".schema.json")


@every_topic
def test_key_is_a_required_field(topic: EventTopic) -> None:
    for path in topic.schemas.values():
        assert topic.key in orjson.loads((REGISTRY.root / path).read_bytes())["required"]


@every_event
def test_model_is_of_a_registered_topic(event: type[Event]) -> None:
    assert event.version in REGISTRY.event_topics[event.topic_name].schemas


def test_checkout_reads_its_own_folder() -> None:
    assert default_root().name == "schemas"
    assert (default_root() / "README.md").is_file()

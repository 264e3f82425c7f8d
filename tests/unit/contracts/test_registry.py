from pathlib import Path

import pytest

from leadstream.contracts.registry import (
    DeadLetterTopic,
    EventTopic,
    RegistryError,
    dead_letter_topic,
    default_root,
    load,
)

TOPIC = """
name: lead.lost
kind: events
description: Nobody knows where it is.
owner: discovery
producers: [discovery]
consumers: [platform-upload]
key: lead_id
schemas:
  1: events/lead.lost.v1.schema.json
compatibility: backward
partitions: 12
retention_days: 7
config:
  cleanup.policy: delete
  max.message.bytes: 2097152
"""


def registry_of(folder: Path, text: str, name: str = "lead.lost.yaml") -> Path:
    (folder / "topics").mkdir()
    (folder / "topics" / name).write_text(text, encoding="utf-8")
    return folder


def test_registry_is_read_from_where_it_is_told(tmp_path: Path) -> None:
    registry = load(registry_of(tmp_path, TOPIC))

    topic = registry.topics["lead.lost"]
    assert isinstance(topic, EventTopic)
    assert registry.root == tmp_path


def test_settings_are_kafka_s_own_and_text(tmp_path: Path) -> None:
    topic = load(registry_of(tmp_path, TOPIC)).topics["lead.lost"]

    assert topic.broker_config == {
        "cleanup.policy": "delete",
        "max.message.bytes": "2097152",
        "retention.ms": "604800000",
    }


def test_registry_of_this_installation_is_read_by_default() -> None:
    registry = load()

    assert registry.root == default_root()
    assert isinstance(registry.topics["lead.upload.platform-upload.dlq"], DeadLetterTopic)


def test_dead_letter_topic_is_named_after_topic_and_service() -> None:
    assert dead_letter_topic("lead.upload", "platform-upload") == "lead.upload.platform-upload.dlq"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TOPIC.replace("partitions: 12", "partitions: 0"), "partitions"),
        (TOPIC.replace("partitions: 12", "partition: 12"), "partition"),
        (TOPIC.replace("kind: events", "kind: rumours"), "kind"),
        (TOPIC.replace("compatibility: backward", "compatibility: none"), "compatibility"),
        (TOPIC.replace("  1: events/lead.lost.v1.schema.json\n", ""), "schemas"),
        (TOPIC.replace("name: lead.lost", "name: lead.found"), "lead.found"),
        ("name: [", "lead.lost.yaml"),
        ("just text", "lead.lost.yaml"),
    ],
)
def test_faulty_file_is_named_with_its_fault(tmp_path: Path, text: str, fault: str) -> None:
    root = registry_of(tmp_path, text)

    with pytest.raises(RegistryError, match=fault) as error:
        load(root)

    assert "lead.lost.yaml" in str(error.value)


def test_folder_without_topics_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no topics"):
        load(tmp_path)

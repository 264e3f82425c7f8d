"""The registry as an AsyncAPI 3.0 document: which service sends and receives what, where."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from leadstream.contracts.registry import DeadLetterTopic, EventTopic, RegisteredTopic, Registry

Document = dict[str, Any]

_INTRODUCTION: Final = """\
Values are plain JSON, UTF-8. Metadata is CloudEvents 1.0 in Kafka's binary mode; every header is optional
for a producer. Structured mode (`application/cloudevents+json`) is read, too. A record that can't be used
goes to `<topic>.<service>.dlq` as it came, with the reason in headers. Delivery is at least once, in order
for each key.
"""

_SCHEMA_FORMAT: Final = "application/schema+json;version=2020-12"
_BINDING_VERSION: Final = "0.5.0"

_HEADERS: Final = {
    "ce_specversion": "Always `1.0`.",
    "ce_id": "The event; the same event twice has the same id. Left out: topic/partition/offset.",
    "ce_type": "The contract and its version, as in the message's name. Left out: the newest.",
    "ce_source": "Who says so: `/leadstream/discovery`.",
    "ce_time": "When it happened. Left out: the record's timestamp.",
    "ce_subject": "What it is about; the same as the key.",
    "content-type": "`application/json`.",
    "traceparent": "W3C trace context.",
}

_DEAD_LETTER_HEADERS: Final = {
    "dlq_reason": "A word for programs: `malformed_json`, `schema_violation` …",
    "dlq_error": "What was wrong, by field and expectation; never a value out of the record.",
    "dlq_topic": "Where the record was.",
    "dlq_partition": "Where the record was.",
    "dlq_offset": "Where the record was.",
    "dlq_at": "When it was set aside.",
}


def document(registry: Registry) -> str:
    """The text of schemas/asyncapi.yaml."""
    events = registry.event_topics.values()
    letters = [topic for topic in registry.topics.values() if isinstance(topic, DeadLetterTopic)]
    topics: list[RegisteredTopic] = [*events, *letters]
    content = {
        "asyncapi": "3.0.0",
        "info": {"title": "Leadstream events", "version": "1", "description": _INTRODUCTION},
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {
            name: operation for topic in topics for name, operation in _operations(topic)
        },
        "components": {
            "messages": {
                name: _message(topic, version, registry.root)
                for topic in events
                for version, name in _versions(topic).items()
            }
            | {"deadLetter": _dead_letter()},
            "messageTraits": {"cloudEvent": {"headers": _headers(_HEADERS)}},
        },
    }
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Shows text of several lines as such, and whatever is there twice, twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _show_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _show_text)


def _server() -> Document:
    return {
        "host": "{bootstrapServers}",
        "protocol": "kafka",
        "variables": {
            "bootstrapServers": {
                "default": "localhost:9092",
                "description": "As in KAFKA_BOOTSTRAP_SERVERS.",
            }
        },
    }


def _versions(topic: EventTopic) -> dict[int, str]:
    return {version: f"{topic.name}.v{version}" for version in topic.schemas}


def _message_names(topic: RegisteredTopic) -> list[str]:
    return list(_versions(topic).values()) if isinstance(topic, EventTopic) else ["deadLetter"]


def _channel(topic: RegisteredTopic) -> Document:
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in _message_names(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _configuration(topic),
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _configuration(topic: RegisteredTopic) -> Document:
    """As the binding writes it: policies in a list, numbers as such."""
    config = topic.broker_config
    return {
        name: value.split(",") if name == "cleanup.policy" else int(value)
        for name, value in sorted(config.items())
    }


def _message(topic: EventTopic, version: int, root: Path) -> Document:
    return {
        "title": f"{topic.name}, version {version}",
        "summary": topic.description,
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"./{topic.schemas[version]}"},
        },
        "bindings": _key(topic.key),
        "examples": [
            {"name": path.stem, "payload": json.loads(path.read_text(encoding="utf-8"))}
            for path in sorted(root.glob(f"examples/{topic.name}/v{version}/*.json"))
            # The third example is about characters, and says nothing new about the shape.
            if path.stem in {"minimal", "full"}
        ],
    }


def _dead_letter() -> Document:
    return {
        "title": "A record that could not be used",
        "summary": "Key, value and headers as they came; the reason is in further headers.",
        "contentType": "application/octet-stream",
        "headers": _headers(_DEAD_LETTER_HEADERS) | {"required": list(_DEAD_LETTER_HEADERS)},
        "bindings": _key("as the original"),
    }


def _key(description: str) -> Document:
    key = {"type": "string", "description": description}
    return {"kafka": {"key": key, "bindingVersion": _BINDING_VERSION}}


def _operations(topic: RegisteredTopic) -> list[tuple[str, Document]]:
    sent = [
        (f"{each}.sends.{topic.name}", _operation("send", each, topic)) for each in topic.producers
    ]
    received = [
        (f"{each}.receives.{topic.name}", _operation("receive", each, topic))
        for each in topic.consumers
    ]
    return sent + received


def _operation(action: str, service: str, topic: RegisteredTopic) -> Document:
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{service} {'sends' if action == 'send' else 'receives'} {topic.name}.",
        "tags": [{"name": service}],
        "messages": [
            {"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in _message_names(topic)
        ],
    }
    if action == "receive":
        group = {"type": "string", "enum": [service]}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": _BINDING_VERSION}}
    return operation


def _headers(described: dict[str, str]) -> Document:
    properties = {name: {"type": "string", "description": text} for name, text in described.items()}
    return {"type": "object", "properties": properties}

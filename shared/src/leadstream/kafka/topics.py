"""Make the broker's topics what the registry says they are."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from leadstream.contracts.registry import RegisteredTopic, Registry
from leadstream.errors import PermanentError, TransientError
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.topic_report import (
    Change,
    ConfigChanged,
    Created,
    PartitionsAdded,
    PartitionsLeft,
    Report,
)

# Kafka's word for a setting made on the topic itself, as opposed to the broker's or the default.
_SET_ON_TOPIC: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Actual:
    """A topic as the broker has it."""

    partitions: int
    effective: Mapping[str, str | None]
    overrides: Mapping[str, str]


async def apply(
    config: KafkaConfig,
    registry: Registry,
    *,
    replication_factor: int = 1,
    dry_run: bool = False,
) -> Report:
    """Create what is missing, raise partitions, correct settings. Twice is the same as once.

    Topics that aren't registered, and settings the registry doesn't name, are left alone.
    """
    async with _admin(config) as admin:
        actual = await _describe(admin, registry.topics)
        changes = [
            change
            for topic in registry.topics.values()
            for change in _changes(topic, actual.get(topic.name))
        ]
        if not dry_run:
            await _create(admin, registry, changes, replication_factor)
            await _add_partitions(admin, changes)
            await _correct_settings(admin, actual, changes)
    return Report(
        changes=tuple(changes),
        left_alone=tuple(_surplus(registry, actual)),
        topics=len(registry.topics),
        dry_run=dry_run,
    )


@asynccontextmanager
async def _admin(config: KafkaConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**config.options())
    try:
        await admin.start()
        yield admin
    except KafkaError as exc:
        wrong = TransientError if exc.retriable else PermanentError
        raise wrong(f"topics at {config.bootstrap_servers}: {exc}") from exc
    finally:
        await admin.close()


async def _describe(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, _Actual]:
    # All topics: asking for one by name can create it.
    described = await admin.describe_topics()
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    present = [name for name in names if name in partitions]
    if not present:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
    answers = await admin.describe_configs(resources)
    entries = {name: found for answer in answers for name, found in _entries_of(answer)}
    return {name: _actual(partitions[name], entries[name]) for name in present}


def _entries_of(answer: Any) -> list[tuple[str, list[Any]]]:
    found = []
    for code, message, _type, name, entries in answer.resources:
        _raise_for(code, f"{name}: {message}")
        found.append((name, entries))
    return found


def _actual(partitions: int, entries: Iterable[Any]) -> _Actual:
    """Sort out entries of (name, value, read only, source, sensitive, …)."""
    rows = [(name, value, source) for name, value, _read_only, source, *_ in entries]
    return _Actual(
        partitions=partitions,
        effective={name: value for name, value, _ in rows},
        overrides={name: value for name, value, source in rows if source == _SET_ON_TOPIC},
    )


def _changes(topic: RegisteredTopic, actual: _Actual | None) -> list[Change]:
    if actual is None:
        return [Created(topic=topic.name, partitions=topic.partitions)]
    settings = _setting_changes(topic, actual)
    if actual.partitions >= topic.partitions:
        return settings
    added = PartitionsAdded(topic=topic.name, before=actual.partitions, after=topic.partitions)
    return [added, *settings]


def _surplus(registry: Registry, actual: Mapping[str, _Actual]) -> Iterator[PartitionsLeft]:
    for name, topic in actual.items():
        registered = registry.topics[name].partitions
        if topic.partitions > registered:
            yield PartitionsLeft(topic=name, actual=topic.partitions, registered=registered)


def _setting_changes(topic: RegisteredTopic, actual: _Actual) -> list[Change]:
    return [
        ConfigChanged(topic=topic.name, name=name, before=actual.effective.get(name), after=value)
        for name, value in topic.broker_config.items()
        if actual.effective.get(name) != value
    ]


async def _create(
    admin: AIOKafkaAdminClient,
    registry: Registry,
    changes: Iterable[Change],
    replication_factor: int,
) -> None:
    new = [
        NewTopic(
            change.topic,
            change.partitions,
            replication_factor,
            topic_configs=registry.topics[change.topic].broker_config,
        )
        for change in changes
        if isinstance(change, Created)
    ]
    if not new:
        return
    answer = await admin.create_topics(new)
    for name, code, *message in answer.topic_errors:
        # Another replica's start-up may have been quicker, with the same registry.
        if code != TopicAlreadyExistsError.errno:
            _raise_for(code, f"{name}: {' '.join(map(str, message))}")


async def _add_partitions(admin: AIOKafkaAdminClient, changes: Iterable[Change]) -> None:
    wanted = {
        change.topic: NewPartitions(change.after)
        for change in changes
        if isinstance(change, PartitionsAdded)
    }
    if wanted:
        await admin.create_partitions(wanted)


async def _correct_settings(
    admin: AIOKafkaAdminClient, actual: Mapping[str, _Actual], changes: Iterable[Change]
) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for change in changes:
        if isinstance(change, ConfigChanged):
            # This request replaces all of a topic's settings: what is not named falls back to the
            # broker's default, so an operator's own settings have to be said again.
            settings = wanted.setdefault(change.topic, dict(actual[change.topic].overrides))
            settings[change.name] = change.after
    if not wanted:
        return
    answers = await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, s) for name, s in wanted.items()]
    )
    for answer in answers:
        for code, message, _type, name in answer.resources:
            _raise_for(code, f"{name}: {message}")


def _raise_for(code: int, message: str) -> None:
    if code:
        raise for_code(code)(message)

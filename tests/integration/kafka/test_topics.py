"""Applying the registry to a real broker."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from leadstream.contracts import Decoded, Record, decode
from leadstream.contracts.registry import DeadLetterTopic, Registry, load
from leadstream.errors import PermanentError, TransientError
from leadstream.kafka.client import MAX_REQUEST_BYTES, KafkaConfig, make_producer
from leadstream.kafka.topic_report import ConfigChanged, Created, PartitionsAdded, PartitionsLeft
from leadstream.kafka.topics import apply
from support.encoded import Encoded, encode
from support.kafka import KafkaAdmin, topic_name
from support.ledger import until

UNICODE = load().root / "examples" / "lead.discovered" / "v1" / "unicode.json"


@pytest.fixture
def config(kafka: str) -> KafkaConfig:
    return KafkaConfig(bootstrap_servers=kafka)


def a_registry(
    name: str, *, partitions: int = 2, config: Mapping[str, str | int] | None = None
) -> Registry:
    topic = DeadLetterTopic(
        kind="dead-letters",
        name=name,
        description="Of this test only.",
        owner="discovery",
        producers=("discovery",),
        consumers=(),
        key="none",
        partitions=partitions,
        retention_days=1,
        config=config or {},
    )
    return Registry(Path(), {name: topic})


async def settings_of(kafka: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        entries = answers[0].resources[0][4]
        return {name: value for name, value, *_ in entries}
    finally:
        await admin.close()


async def partitions_of(kafka: str, topic: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        return len((await admin.describe_topics([topic]))[0]["partitions"])
    finally:
        await admin.close()


async def has_partitions(kafka: str, topic: str, count: int) -> None:
    """Wait for it: brokers hear of a change a moment after the controller has answered."""
    await until(lambda: _equals(partitions_of(kafka, topic), count))


async def has_settings(kafka: str, topic: str, wanted: Mapping[str, str]) -> None:
    await until(lambda: _includes(settings_of(kafka, topic), wanted))


async def _equals(found: Awaitable[int], wanted: int) -> bool:
    return await found == wanted


async def _includes(found: Awaitable[Mapping[str, str]], wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= (await found).items()


async def test_missing_topic_is_created_as_registered(config: KafkaConfig, kafka: str) -> None:
    name = topic_name()
    registry = a_registry(name, partitions=3, config={"max.message.bytes": 2_097_152})

    report = await apply(config, registry)

    assert report.changes == (Created(topic=name, partitions=3),)
    await has_partitions(kafka, name, 3)
    await has_settings(kafka, name, {"max.message.bytes": "2097152", "retention.ms": "86400000"})


async def test_applying_twice_changes_nothing(config: KafkaConfig, kafka: str) -> None:
    name = topic_name()
    registry = a_registry(name)

    await apply(config, registry)
    await has_partitions(kafka, name, 2)
    report = await apply(config, registry)

    assert report.changes == ()
    assert str(report) == "changed 0 of 1 topics"


async def test_dry_run_tells_and_does_nothing(config: KafkaConfig, kafka_admin: KafkaAdmin) -> None:
    name = topic_name()

    report = await apply(config, a_registry(name), dry_run=True)

    assert str(report) == f"{name}: create with 2 partitions\nwould change 1 of 1 topics"
    assert not await kafka_admin.exists(name)


async def test_partitions_are_raised(
    config: KafkaConfig, kafka: str, kafka_admin: KafkaAdmin
) -> None:
    name = await kafka_admin.create_topic(config={"retention.ms": "86400000"})

    report = await apply(config, a_registry(name, partitions=4))

    assert report.changes == (PartitionsAdded(topic=name, before=1, after=4),)
    await has_partitions(kafka, name, 4)


async def test_partitions_too_many_are_left_and_said(
    config: KafkaConfig, kafka: str, kafka_admin: KafkaAdmin
) -> None:
    name = await kafka_admin.create_topic(partitions=5, config={"retention.ms": "86400000"})

    report = await apply(config, a_registry(name))

    assert report.changes == ()
    assert report.left_alone == (PartitionsLeft(topic=name, actual=5, registered=2),)
    await has_partitions(kafka, name, 5)


async def test_settings_are_corrected_and_an_operator_s_own_are_kept(
    config: KafkaConfig, kafka: str, kafka_admin: KafkaAdmin
) -> None:
    own = {"segment.bytes": "1048576", "retention.ms": "1000"}
    name = await kafka_admin.create_topic(partitions=2, config=own)

    report = await apply(config, a_registry(name, config={"max.message.bytes": 2_097_152}))

    assert set(report.changes) == {
        ConfigChanged(topic=name, name="retention.ms", before="1000", after="86400000"),
        ConfigChanged(topic=name, name="max.message.bytes", before="1048588", after="2097152"),
    }
    await has_settings(
        kafka,
        name,
        {"retention.ms": "86400000", "max.message.bytes": "2097152", "segment.bytes": "1048576"},
    )


async def test_two_at_once_do_no_harm(config: KafkaConfig, kafka: str) -> None:
    name = topic_name()

    await asyncio.gather(*(apply(config, a_registry(name)) for _ in range(4)))

    await has_partitions(kafka, name, 2)


async def test_more_replicas_than_brokers_are_refused(config: KafkaConfig) -> None:
    name = topic_name()

    with pytest.raises(PermanentError, match=name):
        await apply(config, a_registry(name), replication_factor=9)


async def test_setting_that_kafka_does_not_know_is_refused(config: KafkaConfig) -> None:
    name = topic_name()

    with pytest.raises(PermanentError, match="no-such-setting"):
        await apply(config, a_registry(name, config={"no-such-setting": 1}))


async def test_broker_that_is_away_is_worth_another_try() -> None:
    nowhere = KafkaConfig(bootstrap_servers="127.0.0.1:1")

    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1"):
        await apply(nowhere, a_registry(topic_name()))


async def test_registry_holds_on_a_real_broker(
    config: KafkaConfig, kafka: str, kafka_admin: KafkaAdmin
) -> None:
    registry = load()

    await apply(config, registry)
    for name in registry.topics:
        await until(partial(kafka_admin.is_led, name))
    again = await apply(config, registry)

    assert again.changes == ()
    assert await partitions_of(kafka, "lead.discovered") >= 12
    settings = await settings_of(kafka, "lead.upload.platform-upload.dlq")
    assert int(settings["max.message.bytes"]) <= MAX_REQUEST_BYTES


async def test_dead_letter_topic_takes_a_record_of_2_mib_with_its_reason(
    config: KafkaConfig,
) -> None:
    await apply(config, load())
    producer = make_producer(config)
    await producer.start()
    try:
        sent = await producer.send_and_wait(
            "lead.upload.platform-upload.dlq",
            value=bytes(2 * 1024 * 1024 - 100),
            headers=[("dlq_reason", b"too_large"), ("dlq_error", b"x" * 1_000)],
        )
    finally:
        await producer.stop()

    assert sent.offset >= 0


async def test_event_comes_through_kafka_as_it_was_sent(config: KafkaConfig, kafka: str) -> None:
    name = topic_name()
    await apply(config, a_registry(name))
    given = decode(Record(topic="lead.discovered", value=UNICODE.read_bytes()))
    assert isinstance(given, Decoded)
    sent = encode(given.event, event_id="e-1", producer="discovery", time=given.time)

    record = await through_kafka(kafka, name, sent)
    got = decode(dataclasses.replace(record, topic="lead.discovered"))

    assert isinstance(got, Decoded)
    assert got.event == given.event
    assert (got.id, got.key, got.time) == ("e-1", sent.key, given.time)


async def through_kafka(kafka: str, topic: str, sent: Encoded) -> Any:
    """Return the record as aiokafka's consumer gives it."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    try:
        await producer.send_and_wait(
            topic, value=sent.value, key=sent.key, headers=list(sent.headers)
        )
        return await asyncio.wait_for(consumer.getone(), 30)
    finally:
        await producer.stop()
        await consumer.stop()

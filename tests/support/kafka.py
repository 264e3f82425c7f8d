"""A real Kafka for tests: one broker for the session, and one of a test's own to break."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from leadstream_dev.kafka import KafkaBroker, require_cluster
from support.waiting import eventually

# Nobody kills the session's broker. With a session of 3 s, made for those that are, a machine that stands still for
# that long leaves a cluster without brokers, and the tests of the moment fail.
UNKILLED = {"broker.session.timeout.ms": "60000"}

Ends: TypeAlias = Mapping[TopicPartition, int]


def topic_name(prefix: str = "topic") -> str:
    """Return a name no other test uses."""
    return f"{prefix}.{uuid4().hex[:10]}"


class KafkaAdmin:
    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)

    async def start(self) -> None:
        await self._client.start()

    async def close(self) -> None:
        await self._client.close()

    async def create_topic(
        self,
        name: str | None = None,
        *,
        partitions: int = 1,
        config: Mapping[str, str] | None = None,
    ) -> str:
        """Create a topic, by default under a name of its own, and wait until it takes records."""
        name = name or topic_name()
        topic = NewTopic(name, partitions, 1, topic_configs=dict(config or {}))
        answer = await self._client.create_topics([topic], timeout_ms=10_000)
        for _, code, *message in answer.topic_errors:
            if code:
                raise for_code(code)(*message)
        await eventually(lambda: self.is_led(name), f"topic {name} has no leaders")
        return name

    async def topics(self) -> list[str]:
        names: list[str] = await self._client.list_topics()
        return names

    async def delete_topic(self, name: str) -> None:
        await self._client.delete_topics([name], timeout_ms=10_000)

    async def exists(self, name: str) -> bool:
        return name in await self._client.list_topics()

    async def ends(self, topic: str) -> Ends:
        """Where each partition of a topic ends now: what other tests left there is before it."""
        async with self._consumer() as consumer:
            ends: Ends = await consumer.end_offsets(await self._partitions(topic))
            return ends

    async def records(self, topic: str, *, since: Ends | None = None) -> list[Any]:
        """Read all records of a topic, or those that came since, partition by partition, each in order.

        So a place in the list says nothing about age: ask for what is new by `since`.
        """
        async with self._consumer() as consumer:
            return await _read_to_end(consumer, await self._partitions(topic), since or {})

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def _partitions(self, topic: str) -> list[TopicPartition]:
        described = (await self._client.describe_topics([topic]))[0]
        return [TopicPartition(topic, p["partition"]) for p in described["partitions"]]

    async def is_led(self, name: str) -> bool:
        topic = (await self._client.describe_topics([name]))[0]
        led = all(partition["leader"] >= 0 for partition in topic["partitions"])
        return not topic["error_code"] and led


async def _read_to_end(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], since: Ends
) -> list[Any]:
    records = []
    for partition, end in (await consumer.end_offsets(partitions)).items():
        consumer.assign([partition])
        if partition in since:
            consumer.seek(partition, since[partition])
        else:
            await consumer.seek_to_beginning(partition)
        while await consumer.position(partition) < end:
            batch = await consumer.getmany(partition, timeout_ms=1000)
            records += batch.get(partition, [])
    return records


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[str]:
    """The bootstrap servers of the session's broker, or those of KAFKA_BOOTSTRAP_SERVERS."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        await require_cluster(given)
        yield given
        return
    async with KafkaBroker.temporary(config=UNKILLED) as broker:
        yield broker.bootstrap_servers


@pytest.fixture
async def kafka_admin(kafka: str) -> AsyncIterator[KafkaAdmin]:
    admin = KafkaAdmin(kafka)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


@pytest.fixture
async def own_kafka() -> AsyncIterator[KafkaBroker]:
    """A broker of the test's own, to kill and to restart."""
    async with KafkaBroker.temporary() as broker:
        yield broker

"""Topics for benchmarks: making, filling, watching and reading them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

PARTITIONS = 12
Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Load:
    """A record to produce."""

    key: bytes
    value: bytes
    headers: Headers


async def create_topics(bootstrap: str, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


async def fill(bootstrap: str, topic: str, records: Iterable[Load]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, acks="all")
    await producer.start()
    try:
        acks = [
            await producer.send(topic, value=each.value, key=each.key, headers=list(each.headers))
            for each in records
        ]
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


async def empty(bootstrap: str, topic: str) -> None:
    """Let its records be gone for whoever reads it from its beginning."""
    async with watching(bootstrap, topic) as watch:
        ends = watch.start
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        records = {partition: RecordsToDelete(offset) for partition, offset in ends.items()}
        await admin.delete_records(records)
    finally:
        await admin.close()


class Watch:
    """Counts the records of a topic from now on, as the broker sees them, without reading any."""

    def __init__(self, consumer: AIOKafkaConsumer, start: dict[TopicPartition, int]) -> None:
        self._consumer = consumer
        self.start = start

    async def count(self) -> int:
        ends = await self._consumer.end_offsets(self.start)
        count: int = sum(ends.values()) - sum(self.start.values())
        return count

    async def keys(self) -> Counter[bytes]:
        """Read the records: how often each key is there."""
        seen: Counter[bytes] = Counter()
        end = await self.count()
        self._consumer.assign(list(self.start))
        for partition, offset in self.start.items():
            self._consumer.seek(partition, offset)
        while seen.total() < end:
            for records in (await self._consumer.getmany(timeout_ms=1000)).values():
                seen.update(record.key for record in records)
        return seen


@asynccontextmanager
async def watching(bootstrap: str, topic: str) -> AsyncIterator[Watch]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(PARTITIONS)]
        yield Watch(consumer, await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()

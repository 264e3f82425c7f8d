"""Reading dead-letter topics, and producing their records again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from leadstream.cli.errors import CliError
from leadstream.kafka.client import KafkaConfig, make_producer

# What was replayed is remembered as this group's offsets.
GROUP = "leadstream-dlq-replay"
FETCH_MS = 500


@dataclass(frozen=True, slots=True)
class Letter:
    record: Any
    # Whether a replay has been past it.
    put_back: bool


def reasons(record: Any) -> dict[str, str]:
    """The dlq_ headers as text; missing ones are empty."""
    names = ("dlq_reason", "dlq_error", "dlq_topic", "dlq_partition", "dlq_offset", "dlq_at")
    headers = dict(record.headers)
    return {name: (headers.get(name) or b"").decode(errors="replace") for name in names}


async def read(config: KafkaConfig, topics: Sequence[str]) -> list[Letter]:
    """All that is kept in the topics, oldest first."""
    async with _consumer(config, topics) as consumer:
        done = {p: await consumer.committed(p) or 0 for p in consumer.assignment()}
        await consumer.seek_to_beginning()
        records, _ = await _to_end(consumer)
    letters = [
        Letter(record, record.offset < done[TopicPartition(record.topic, record.partition)])
        for record in records
    ]
    return sorted(letters, key=lambda letter: letter.record.timestamp)


async def read_one(config: KafkaConfig, topic: str, place: tuple[int, int]) -> Any:
    partition, offset = TopicPartition(topic, place[0]), place[1]
    if partition in await _partitions_of(config, [topic]):
        async with _assigned(config, [partition]) as consumer:
            ends = await consumer.end_offsets([partition])
            begins = await consumer.beginning_offsets([partition])
            if begins[partition] <= offset < ends[partition]:
                consumer.seek(partition, offset)
                return await consumer.getone(partition)
    raise CliError(
        f"{topic} has no record at {place[0]}:{place[1]}",
        hint=f"See `leadstream dlq list {topic}`.",
    )


async def replay(
    config: KafkaConfig, topic: str, place: tuple[int, int] | None, *, dry_run: bool
) -> int:
    """Put one letter back, or all that were not put back before; return how many."""
    if place is not None:
        record = await read_one(config, topic, place)
        if not dry_run:
            await _produce(config, [record])
        return 1
    async with _consumer(config, [topic]) as consumer:
        records, ends = await _to_end(consumer)
        if records and not dry_run:
            await _produce(config, records)
            # After the broker has them: dying in between puts them back twice, which changes nothing.
            await consumer.commit(ends)
    return len(records)


async def count(config: KafkaConfig, topics: Sequence[str]) -> dict[str, int]:
    """How many letters are kept in each of the topics that are there."""
    there = [p for p in await _partitions(config) if p.topic in topics]
    if not there:
        return {}
    async with _assigned(config, there) as consumer:
        ends = await consumer.end_offsets(there)
        begins = await consumer.beginning_offsets(there)
    counts: Counter[str] = Counter()
    for partition in there:
        counts[partition.topic] += ends[partition] - begins[partition]
    return dict(counts)


@asynccontextmanager
async def _consumer(config: KafkaConfig, topics: Sequence[str]) -> AsyncIterator[Any]:
    async with _assigned(config, await _partitions_of(config, topics)) as consumer:
        yield consumer


@asynccontextmanager
async def _assigned(
    config: KafkaConfig, partitions: Sequence[TopicPartition]
) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        **config.options(), group_id=GROUP, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        # By hand: the group only keeps the offsets. Once only: aiokafka's coordinator fails on an assignment that is
        # replaced while it looks for its broker.
        consumer.assign(partitions)
        yield consumer
    finally:
        await consumer.stop()


async def _partitions_of(config: KafkaConfig, topics: Sequence[str]) -> list[TopicPartition]:
    there = [p for p in await _partitions(config) if p.topic in topics]
    missing = sorted(set(topics) - {p.topic for p in there})
    if missing:
        hint = "Run `leadstream topics apply`."
        raise CliError(f"the broker has no topic {missing[0]}", hint=hint)
    return there


async def _partitions(config: KafkaConfig) -> list[TopicPartition]:
    """All there are: a consumer knows of those only that it is subscribed to."""
    admin = AIOKafkaAdminClient(**config.options())
    try:
        await admin.start()
        # Of all topics: asking for one by name can create it.
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], each["partition"])
        for topic in topics
        for each in topic["partitions"]
    ]


async def _to_end(consumer: Any) -> tuple[list[Any], dict[TopicPartition, int]]:
    """Everything from the present positions to the present ends, and those ends."""
    ends = await consumer.end_offsets(consumer.assignment())
    records: list[Any] = []
    while any([await consumer.position(p) < end for p, end in ends.items()]):
        fetched = await consumer.getmany(timeout_ms=FETCH_MS, max_records=1000)
        for partition, found in fetched.items():
            records += [record for record in found if record.offset < ends[partition]]
    return records, ends


async def _produce(config: KafkaConfig, records: Sequence[Any]) -> None:
    """Send the records to where they came from; return when the broker has them all."""
    strays = [record for record in records if not reasons(record)["dlq_topic"]]
    if strays:
        at = f"{strays[0].partition}:{strays[0].offset}"
        raise CliError(f"{strays[0].topic} {at} does not say where it came from (no dlq_topic)")
    producer = make_producer(config)
    try:
        await producer.start()
        await asyncio.gather(*[await _send(producer, record) for record in records])
    finally:
        await producer.stop()


async def _send(producer: Any, record: Any) -> Any:
    why = reasons(record)
    # Only ours are taken off: what the producer sent goes back as it was.
    headers = [(name, value) for name, value in record.headers if name not in why]
    return await producer.send(
        why["dlq_topic"], value=record.value, key=record.key, headers=headers
    )

"""Reading dead-letter topics, and producing their records again: a few megabytes at a time, however many there are."""

import asyncio
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count as counting
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaTimeoutError
from aiokafka.protocol.commit import OffsetCommitRequest

from leadstream.contracts import registry
from leadstream.contracts.record import Record
from leadstream.errors import LeadstreamError
from leadstream.kafka.client import (
    FETCH_BYTES,
    KafkaConfig,
    abandon,
    make_producer,
    one_fetch_at_a_time,
)

# What was replayed is remembered as this group's offsets.
GROUP = "leadstream-dlq-replay"
FETCH_MS = 500
ANSWER_SECONDS = 30.0
# A row in Postgres and its letter in Kafka have their times by different clocks.
CLOCKS_DIFFER = timedelta(minutes=10)


class LettersError(LeadstreamError):
    """There is nothing there to be read or put back."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter without its bytes."""

    topic: str
    place: str
    # None: it has no value.
    bytes: int | None
    why: Mapping[str, str]
    # Whether a replay has been past it.
    put_back: bool


def reasons(record: Any) -> dict[str, str]:
    """The dlq_ headers as text; missing ones are empty."""
    names = ("dlq_reason", "dlq_error", "dlq_topic", "dlq_partition", "dlq_offset", "dlq_at")
    headers = dict(record.headers)
    return {name: (headers.get(name) or b"").decode(errors="replace") for name in names}


async def read(
    config: KafkaConfig, topics: Sequence[str], *, limit: int
) -> tuple[list[Letter], int]:
    """The newest that are kept in the topics, oldest first, and how many there are."""
    newest: list[tuple[int, int, Letter]] = []
    number = counting()
    async with _consumer(config, topics) as consumer:
        begins, ends = await _range(consumer)
        done = {p: await consumer.committed(p) or 0 for p in ends}
        for partition, end in ends.items():
            consumer.seek(partition, max(begins[partition], end - limit))
        async for fetched in _until(consumer, ends):
            for partition, records in fetched.items():
                for record in records:
                    letter = _letter(record, put_back=record.offset < done[partition])
                    heapq.heappush(newest, (record.timestamp, next(number), letter))
                    if len(newest) > limit:
                        heapq.heappop(newest)
    return [letter for *_, letter in sorted(newest, key=lambda each: each[:2])], sum(
        ends[p] - begins[p] for p in ends
    )


def _letter(record: Any, *, put_back: bool) -> Letter:
    return Letter(
        topic=record.topic,
        place=f"{record.partition}:{record.offset}",
        bytes=None if record.value is None else len(record.value),
        why=reasons(record),
        put_back=put_back,
    )


async def read_one(config: KafkaConfig, topic: str, place: tuple[int, int]) -> Any:
    partition, offset = TopicPartition(topic, place[0]), place[1]
    if partition in await _partitions_of(config, [topic]):
        async with _assigned(config, [partition]) as consumer:
            ends = await consumer.end_offsets([partition])
            begins = await consumer.beginning_offsets([partition])
            if begins[partition] <= offset < ends[partition]:
                consumer.seek(partition, offset)
                return await consumer.getone(partition)
    raise LettersError(
        f"{topic} has no record at {place[0]}:{place[1]}",
        hint=f"See `leadstream dlq list {topic}`.",
    )


async def replay(
    config: KafkaConfig,
    topic: str,
    place: tuple[int, int] | None,
    *,
    limit: int | None = None,
    dry_run: bool,
) -> int:
    """Put one letter back, or those that were not put back before, up to a limit; return how many."""
    if place is not None:
        record = await read_one(config, topic, place)
        if not dry_run:
            async with _producing(config) as producer:
                await _produce(producer, [record])
        return 1
    async with _consumer(config, [topic]) as consumer:
        begins, ends = await _range(consumer)
        done = {p: max(await consumer.committed(p) or 0, begins[p]) for p in ends}
        waiting = sum(max(0, ends[p] - done[p]) for p in ends)
        if dry_run or not waiting:
            return waiting if limit is None else min(waiting, limit)
        async with _producing(config) as producer:
            return await _replay(consumer, producer, ends, limit)


async def _replay(
    consumer: Any, producer: Any, ends: Mapping[TopicPartition, int], limit: int | None
) -> int:
    done = 0
    async for fetched in _until(consumer, ends):
        if limit is not None:
            fetched = _at_most(fetched, limit - done)
        records = [record for found in fetched.values() for record in found]
        await _produce(producer, records)
        # After the broker has them: dying in between puts them back twice, which changes nothing.
        await consumer.commit({p: found[-1].offset + 1 for p, found in fetched.items() if found})
        done += len(records)
        if limit is not None and done >= limit:
            break
    return done


def _at_most(
    fetched: Mapping[TopicPartition, list[Any]], limit: int
) -> dict[TopicPartition, list[Any]]:
    cut: dict[TopicPartition, list[Any]] = {}
    for partition, records in fetched.items():
        cut[partition] = records[:limit]
        limit -= len(cut[partition])
    return cut


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record lay before it was set aside."""

    topic: str
    partition: int
    offset: int


async def find(
    config: KafkaConfig, topic: str, sources: Collection[Source], *, since: datetime
) -> AsyncIterator[list[Any]]:
    """The letters of these records, of those that were set aside since; in portions, as they are read."""
    missing = set(sources)
    async with _consumer(config, [topic]) as consumer:
        begins, ends = await _range(consumer)
        moment = int((since - CLOCKS_DIFFER).timestamp() * 1000)
        starts = await consumer.offsets_for_times(dict.fromkeys(ends, moment))
        for partition, end in ends.items():
            start = starts[partition]
            consumer.seek(partition, max(start.offset, begins[partition]) if start else end)
        async for fetched in _until(consumer, ends):
            found = [
                record
                for records in fetched.values()
                for record in records
                if source_of(record) in missing
            ]
            missing -= {source_of(record) for record in found}
            if found:
                yield found
            if not missing:
                return


def source_of(record: Any) -> Source | None:
    """Where a letter came from, if it says so."""
    why = reasons(record)
    try:
        return Source(why["dlq_topic"], int(why["dlq_partition"]), int(why["dlq_offset"]))
    except ValueError:
        return None


@asynccontextmanager
async def putting_back(
    config: KafkaConfig,
) -> AsyncIterator[Callable[[Sequence[Any]], Awaitable[None]]]:
    """What puts letters back where they came from, and returns when the broker has them."""
    async with _producing(config) as producer:
        yield partial(_produce, producer)


@asynccontextmanager
async def sending(config: KafkaConfig) -> AsyncIterator[Callable[[Record], Awaitable[None]]]:
    """What sends a record of one's own, and returns when the broker has it."""
    async with _producing(config) as producer:

        async def send(record: Record) -> None:
            async with _in_time():
                acknowledged = await producer.send(
                    record.topic, value=record.value, key=record.key, headers=list(record.headers)
                )
                await acknowledged

        yield send


async def count(config: KafkaConfig, topics: Sequence[str]) -> dict[str, int]:
    """How many letters are kept in each of the topics that are there."""
    there = [p for p in await _partitions(config) if p.topic in topics]
    if not there:
        return {}
    async with _assigned(config, there) as consumer:
        begins, ends = await _range(consumer)
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
        **config.options(),
        group_id=GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        await consumer.start()
        one_fetch_at_a_time(consumer)
        _remember_for(consumer, _longest_kept() + timedelta(days=1))
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
        raise LettersError(f"the broker has no topic {missing[0]}", hint=hint)
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


def _longest_kept() -> timedelta:
    topics = registry.load().topics.values()
    return timedelta(days=max(t.retention_days for t in topics if t.kind == "dead-letters"))


def _remember_for(consumer: AIOKafkaConsumer, retention: timedelta) -> None:
    """Let what is committed last as long as the letters do.

    A broker forgets the offsets of a group without members after seven days, unless the commit says for how long they
    are to be kept; aiokafka's requests are of a version that can, and it leaves that out.
    """
    coordinator = consumer._coordinator  # noqa: SLF001 - a parameter that the consumer does not pass on
    send = coordinator._send_req  # noqa: SLF001 - as above

    async def lasting(request: Any) -> Any:
        if isinstance(request, OffsetCommitRequest):
            request._retention_time = int(retention.total_seconds() * 1000)  # noqa: SLF001 - as above
        return await send(request)

    coordinator._send_req = lasting  # noqa: SLF001 - as above


async def _range(
    consumer: Any,
) -> tuple[Mapping[TopicPartition, int], Mapping[TopicPartition, int]]:
    """Where what is kept begins and ends."""
    assigned: Collection[TopicPartition] = consumer.assignment()
    return await consumer.beginning_offsets(assigned), await consumer.end_offsets(assigned)


async def _until(
    consumer: Any, ends: Mapping[TopicPartition, int]
) -> AsyncIterator[dict[TopicPartition, list[Any]]]:
    """Everything from the present positions to these ends, as it comes."""
    while any([await consumer.position(p) < end for p, end in ends.items()]):
        fetched = await consumer.getmany(timeout_ms=FETCH_MS, max_records=1000)
        found = {p: [r for r in records if r.offset < ends[p]] for p, records in fetched.items()}
        if any(found.values()):
            yield found


@asynccontextmanager
async def _producing(config: KafkaConfig) -> AsyncIterator[Any]:
    producer = make_producer(config)
    try:
        async with _in_time():
            await producer.start()
        yield producer
    finally:
        # Whoever sends has waited for the broker's word: nothing is left, or nothing that is worth waiting for.
        await abandon(producer)


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Not for ever: an idempotent producer waits for its broker as long as it takes."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except TimeoutError as exc:
        raise KafkaTimeoutError(f"no answer from the broker in {ANSWER_SECONDS:g} s") from exc


async def _produce(producer: Any, records: Sequence[Any]) -> None:
    """Send the records to where they came from; return when the broker has them all."""
    strays = [record for record in records if not reasons(record)["dlq_topic"]]
    if strays:
        at = f"{strays[0].partition}:{strays[0].offset}"
        raise LettersError(f"{strays[0].topic} {at} does not say where it came from (no dlq_topic)")
    async with _in_time():
        await asyncio.gather(*[await _send(producer, record) for record in records])


async def _send(producer: Any, record: Any) -> Any:
    why = reasons(record)
    # Only ours are taken off: what the producer sent goes back as it was.
    headers = [(name, value) for name, value in record.headers if name not in why]
    return await producer.send(
        why["dlq_topic"], value=record.value, key=record.key, headers=headers
    )

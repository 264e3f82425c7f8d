"""Outbox rows on their way to the broker, and what became of each."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from leadstream.contracts.envelope import headers_of
from leadstream.kafka.client import MAX_REQUEST_BYTES
from leadstream.kafka.partitions import partition_of
from leadstream.observability import tracing
from leadstream.outbox.batches import Batches, Headers, Target
from leadstream.outbox.store import load_headers
from leadstream.outbox.traced import TracedRows

# The broker's word about the record itself: it will say the same next time.
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, PolicyViolationError)
# A topic that the cluster knows is found at the first answer.
TOPIC_SECONDS = 2.0


@dataclass(slots=True)
class Sent:
    """Rows by what became of them. Those in none of the lists stay in the outbox."""

    taken: int
    acked: list[Any] = field(default_factory=list)
    refused: list[tuple[Any, str]] = field(default_factory=list)
    # Refused together: one of them is at fault.
    suspects: list[Any] = field(default_factory=list)
    unknown_topics: list[str] = field(default_factory=list)
    # Why the producer may not be used on: what follows a batch that failed would be out of sequence.
    failure: BaseException | None = None


class Publisher:
    def __init__(self, producer: AIOKafkaProducer, source: str) -> None:
        self._producer = producer
        self._source = source
        self._traced: TracedRows | None = None

    async def publish(self, rows: Sequence[Any]) -> Sent:
        """Send whole batches, a few for each partition: a future per record is half of what a record costs."""
        sent = Sent(len(rows))
        tracer = tracing.active()
        self._traced = TracedRows(tracer) if tracer else None
        partitions = await self._partitions({row["topic"] for row in rows}, sent)
        batches = Batches(self._producer.create_batch)
        members: dict[BatchBuilder, list[Any]] = defaultdict(list)
        for row in rows:
            if row["topic"] not in partitions:
                continue
            if len(row["payload"] or b"") > MAX_REQUEST_BYTES:
                sent.refused.append((row, f"larger than any request: {MAX_REQUEST_BYTES} bytes"))
                continue
            key = _key(row)
            target = (row["topic"], partition_of(key, partitions[row["topic"]]))
            members[batches.add(target, key, row["payload"], self._headers(row))].append(row)
        await self._send(batches, members, sent)
        if self._traced:
            self._traced.end(sent.acked)
        return sent

    async def _partitions(self, topics: set[str], sent: Sent) -> dict[str, int]:
        found = {}
        for topic in topics:
            try:
                async with asyncio.timeout(TOPIC_SECONDS):
                    found[topic] = len(await self._producer.partitions_for(topic))
            except (KafkaError, TimeoutError):
                sent.unknown_topics.append(topic)
        return found

    async def _send(
        self, batches: Batches, members: dict[BatchBuilder, list[Any]], sent: Sent
    ) -> None:
        acks = []
        for target, batch in batches.closed():
            try:
                acks.append((members[batch], await self._submit(target, batch)))
            except KafkaError as exc:
                sent.failure = exc
                break
        results = await asyncio.gather(*(ack for _, ack in acks), return_exceptions=True)
        for (rows, _), result in zip(acks, results, strict=True):
            if not isinstance(result, BaseException):
                sent.acked += rows
                continue
            sent.failure = result
            if isinstance(result, REFUSALS) and len(rows) == 1:
                sent.refused.append((rows[0], type(result).__name__))
            elif isinstance(result, REFUSALS):
                sent.suspects += rows

    async def _submit(self, target: Target, batch: BatchBuilder) -> Any:
        topic, partition = target
        return await self._producer.send_batch(batch, topic, partition=partition)

    def _headers(self, row: Any) -> Headers:
        if row["headers"] is not None:
            return load_headers(row["headers"])
        return list(
            headers_of(
                event_id=row["id"],
                event_type=row["type"],
                source=self._source,
                time=row["created_at"],
                subject=row["aggregateid"],
                traceparent=self._traced.traceparent(row) if self._traced else row["traceparent"],
            )
        )


def _key(row: Any) -> bytes | None:
    """The key as it is; but aiokafka sends no record that has neither key nor value, and dead letters may be that."""
    key: bytes | None = row["key"]
    return b"" if key is None and row["payload"] is None else key

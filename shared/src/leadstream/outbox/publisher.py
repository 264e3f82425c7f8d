"""Outbox rows on their way to the broker, and what became of each."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from leadstream.contracts.envelope import headers_of
from leadstream.kafka.client import MAX_REQUEST_BYTES
from leadstream.observability import tracing
from leadstream.outbox.batches import Batches, Headers, Target
from leadstream.outbox.lanes import Parcels, key_of, lane_name
from leadstream.outbox.store import load_headers
from leadstream.outbox.traced import TracedRows

# The broker's word about the record itself: it will say the same next time.
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, PolicyViolationError)
# A topic that the cluster knows is found at the first answer.
TOPIC_SECONDS = 2.0
# An idempotent producer never gives a batch up. A partition that takes longer than a change of its leader does not take
# anything now.
ACK_SECONDS = 5.0


@dataclass(slots=True)
class Sent:
    """Rows by what became of them."""

    acked: list[Any] = field(default_factory=list)
    refused: list[tuple[Any, str]] = field(default_factory=list)
    # By lane: what its topic or partition did not take, and why.
    failed: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, BaseException] = field(default_factory=dict)
    # Lanes whose rows were refused together: one of them is at fault.
    suspect: set[str] = field(default_factory=set)
    # Whether the producer may not be used on: what follows a batch that failed would be out of sequence.
    is_broken: bool = False


@dataclass(slots=True)
class _Lot:
    """The batches of one partition, in their order."""

    batches: list[tuple[BatchBuilder, list[Any]]] = field(default_factory=list)
    acks: list["asyncio.Future[Any]"] = field(default_factory=list)


class Publisher:
    def __init__(self, producer: AIOKafkaProducer, source: str) -> None:
        self.producer = producer
        self._source = source
        self._traced: TracedRows | None = None

    async def partitions(self, topics: Collection[str]) -> dict[str, int]:
        """How many partitions each of the topics has; those that can't be found are left out."""
        found = await asyncio.gather(*map(self._partitions_of, topics))
        return {topic: count for topic, count in zip(topics, found, strict=True) if count}

    async def _partitions_of(self, topic: str) -> int:
        try:
            async with asyncio.timeout(TOPIC_SECONDS):
                return len(await self.producer.partitions_for(topic))
        except (KafkaError, TimeoutError):
            return 0

    async def publish(self, parcels: Parcels) -> Sent:
        """Send whole batches, a few for each partition: a future per record is half of what a record costs."""
        sent = Sent()
        tracer = tracing.active()
        self._traced = TracedRows(tracer) if tracer else None
        lots = self._pack(parcels, sent)
        sending = {
            asyncio.create_task(self._submit(target, lot)): target for target, lot in lots.items()
        }
        await _settled_in_time(sending)
        for task, target in sending.items():
            _read(sent, target, lots[target], task)
        if self._traced:
            self._traced.end(sent.acked)
        return sent

    def _pack(self, parcels: Parcels, sent: Sent) -> dict[Target, _Lot]:
        batches = Batches(self.producer.create_batch)
        members: dict[BatchBuilder, list[Any]] = defaultdict(list)
        for row, target in parcels:
            if len(row["payload"] or b"") > MAX_REQUEST_BYTES:
                sent.refused.append((row, f"larger than any request: {MAX_REQUEST_BYTES} bytes"))
                continue
            batch = batches.add(target, key_of(row), row["payload"], self._headers(row))
            members[batch].append(row)
        lots: dict[Target, _Lot] = defaultdict(_Lot)
        for target, batch in batches.closed():
            lots[target].batches.append((batch, members[batch]))
        return lots

    async def _submit(self, target: Target, lot: _Lot) -> None:
        """Hand the batches over and wait until the broker has them. A slow partition keeps its own waiting only."""
        topic, partition = target
        for batch, _ in lot.batches:
            lot.acks.append(await self.producer.send_batch(batch, topic, partition=partition))
        await asyncio.wait(lot.acks)

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


async def _settled_in_time(sending: Iterable["asyncio.Task[None]"]) -> None:
    """Wait for all, but not for long; what is not there by then is cancelled."""
    pending = set(sending)
    try:
        # Twice half as long: a process that stood still reads first what has arrived meanwhile.
        for _ in range(2):
            if pending:
                _, pending = await asyncio.wait(pending, timeout=ACK_SECONDS / 2)
    finally:
        for task in pending:
            task.cancel()
    if pending:
        await asyncio.wait(pending)


def _read(sent: Sent, target: Target, lot: _Lot, task: "asyncio.Task[None]") -> None:
    for n, (_, rows) in enumerate(lot.batches):
        error = _error_of(lot.acks[n] if n < len(lot.acks) else task)
        if error is None:
            sent.acked += rows
            continue
        sent.is_broken = True
        if isinstance(error, REFUSALS) and len(rows) == 1:
            sent.refused.append((rows[0], type(error).__name__))
            continue
        of_topic = isinstance(error, TopicAuthorizationFailedError)
        lane = target[0] if of_topic else lane_name(target)
        sent.failed[lane] += rows
        sent.errors.setdefault(lane, error)
        if isinstance(error, REFUSALS):
            sent.suspect.add(lane)


def _error_of(ack: "asyncio.Future[Any]") -> BaseException | None:
    """Why the broker does not have a batch, or None if it has."""
    if not ack.done():
        ack.cancel()
    return TimeoutError("not acknowledged") if ack.cancelled() else ack.exception()

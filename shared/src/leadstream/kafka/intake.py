"""Intake: records become jobs in one transaction; only then are their offsets committed, a few times a second.

An aiokafka batch loop, hosted by the service's Faust app. Faust's own agents cost 100 µs for each event, which is
half of what a lead may cost altogether (docs/adr/0002).
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from leadstream.contracts.codec import Decoded, decode
from leadstream.contracts.record import RawRecord
from leadstream.contracts.rejection import Rejected
from leadstream.failpoints import failpoint
from leadstream.jobs.adding import MakeAdding
from leadstream.kafka.client import (
    KafkaConfig,
    leave,
    let_go,
    make_consumer,
    one_fetch_at_a_time,
)
from leadstream.kafka.flood import FloodGauge
from leadstream.kafka.handlers import EventHandler
from leadstream.kafka.offsets import Offsets
from leadstream.kafka.portions import Fetched, portions
from leadstream.kafka.positions import Positions
from leadstream.kafka.stopping import StoppedTopics
from leadstream.kafka.storage import Batch, IntakeObserver, Storage
from leadstream.kafka.traced import TracedBatch
from leadstream.observability import tracing
from leadstream.outbox import Row
from leadstream.pacing import rest_after
from leadstream.pauses import PauseBoard, add_pause
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

BATCH = 500
POLL_MS = 250
RETRY_SECONDS = 0.5
# A broker that is away must hold up neither a rebalance nor the end of the process.
LAST_COMMIT_SECONDS = 2.0
LEAVE_SECONDS = 2.0
FLOOD_REASON = "flood of bad records"


class Intake:
    """One group member, reading all topics of a service."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        board: PauseBoard,
        kafka: KafkaConfig,
        handlers: Mapping[str, EventHandler],
        *,
        service: str,
        adding: MakeAdding,
        group: str | None = None,
        instance_id: str | None = None,
        session_timeout_ms: int = 45_000,
        linger: timedelta = timedelta(0),
        on_outbox: Callable[[Sequence[Row]], None] = lambda rows: None,
        observer: IntakeObserver | None = None,
    ) -> None:
        self._database = database
        self._board = board
        self._stopped = StoppedTopics(board)
        self._kafka = kafka
        self._topics = list(handlers)
        self._group = group or service
        self._instance_id = instance_id
        self._session_timeout_ms = session_timeout_ms
        self._linger = linger.total_seconds()
        self._observer = observer or IntakeObserver()
        self._storage = Storage(
            database,
            dict(handlers),
            service=service,
            adding=adding,
            on_outbox=on_outbox,
            observer=self._observer,
        )
        self._positions = Positions()
        self._gauges: dict[TopicPartition, FloodGauge] = defaultdict(FloodGauge)
        # Held from when a batch is fetched until it is committed: a partition is not given away in between.
        self._busy = asyncio.Lock()
        self._giving_back = asyncio.Event()
        self._joined = asyncio.Event()

    @property
    def joined(self) -> bool:
        """Whether the group has given this member its partitions (none is an assignment, too)."""
        return self._joined.is_set()

    @property
    def stopped_topics(self) -> list[str]:
        """Topics whose consumption is paused, by the flood limit or by an operator."""
        return self._stopped.names

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._consume(stop)
            except (KafkaError, TimeoutError) as exc:
                log.warning("intake.kafka_unavailable", extra={"error": repr(exc)})
                await _sleep(stop, RETRY_SECONDS)

    async def _consume(self, stop: asyncio.Event) -> None:
        consumer = make_consumer(
            self._kafka,
            group=self._group,
            instance_id=self._instance_id,
            session_timeout_ms=self._session_timeout_ms,
        )
        consumer.subscribe(self._topics, listener=_Rebalances(self, consumer))
        offsets = Offsets(
            consumer,
            self._positions,
            self._topics,
            on_lag=self._observer.lag,
            on_missing=self._observer.missing,
        )
        watching = asyncio.create_task(offsets.watch(self._joined), name="intake-offsets")
        try:
            await consumer.start()
            one_fetch_at_a_time(consumer)
            while not stop.is_set():
                await self._consume_once(consumer, offsets, stop)
            await self._commit_last(consumer)
        finally:
            self._joined.clear()
            watching.cancel()
            await (_leave(consumer) if stop.is_set() else let_go(consumer))

    async def _consume_once(
        self, consumer: AIOKafkaConsumer, offsets: Offsets, stop: asyncio.Event
    ) -> None:
        self._stopped.obey(consumer)
        await offsets.place(consumer.assignment())
        # Not under the lock: while a rebalance goes on this waits for its end, and the rebalance for the lock.
        fetched = self._stopped.give_back(consumer, await _fetch(consumer))
        if fetched:
            started = time.monotonic()
            await offsets.explain(self._positions.jumps(fetched))
            async with self._busy:
                await self._take(consumer, fetched, stop)
            if sum(map(len, fetched.values())) < BATCH:
                await rest_after(time.monotonic() - started, at_least=self._linger)
        if self._positions.is_commit_due:
            await self._commit(consumer)

    async def _take(
        self, consumer: AIOKafkaConsumer, fetched: Fetched, stop: asyncio.Event
    ) -> None:
        floods: dict[TopicPartition, int] = {}
        for portion in portions(fetched):
            batch = self._decode(portion, floods)
            if not await self._store_traced(batch, stop):
                return
            failpoint("intake_committed")
            self._positions.take(batch)
        for partition, offset in floods.items():
            await self._stop_topic(consumer, partition, offset, stop)

    def _decode(
        self, portion: Fetched, floods: dict[TopicPartition, int]
    ) -> list[tuple[RawRecord, Decoded[Any] | Rejected]]:
        """Decode until a partition floods; note in `floods` where, and leave out what comes after."""
        batch: list[tuple[RawRecord, Decoded[Any] | Rejected]] = []
        for partition, records in portion.items():
            gauge = self._gauges[partition]
            for each in records:
                if partition in floods:
                    break
                decoded = decode(each)
                batch.append((each, decoded))
                if gauge.note(bad=isinstance(decoded, Rejected)):
                    floods[partition] = each.offset + 1
        return batch

    async def _store_traced(self, batch: Batch, stop: asyncio.Event) -> bool:
        tracer = tracing.active()
        if tracer is None:
            return await self._store_until_done(batch, stop, None)
        with TracedBatch(tracer, batch, group=self._group) as traced:
            return await self._store_until_done(traced.batch, stop, traced)

    async def _store_until_done(
        self, batch: Batch, stop: asyncio.Event, traced: TracedBatch | None
    ) -> bool:
        """Wait for Postgres in place. False: given back undone, because the partitions must go or the process ends."""
        while True:
            try:
                await self._store(batch, traced)
            except UNAVAILABLE as exc:
                log.warning("intake.postgres_unavailable", extra={"error": repr(exc)})
                await _sleep(stop, RETRY_SECONDS)
                if stop.is_set() or self._giving_back.is_set():
                    return False
            else:
                return True

    async def _store(self, batch: Batch, traced: TracedBatch | None = None) -> None:
        await self._storage.store(batch, traced)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        offsets = self._positions.to_commit()
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as exc:
            # Somebody else has the partition now and reads these records again: the same jobs, once.
            log.info("intake.commit_superseded", extra={"error": repr(exc)})
        failpoint("offset_committed")

    async def _commit_last(self, consumer: AIOKafkaConsumer) -> None:
        """Commit before partitions go, so that whoever gets them does not read what is taken in."""
        try:
            async with asyncio.timeout(LAST_COMMIT_SECONDS):
                await self._commit(consumer)
        except (TimeoutError, KafkaError) as exc:
            log.info("intake.commit_left_out", extra={"error": repr(exc)})

    async def _stop_topic(
        self,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        offset: int,
        stop: asyncio.Event,
    ) -> None:
        """Stop reading the topic, in all replicas, until an operator lifts the pause."""
        log.error(
            "intake.flood", extra={"topic": partition.topic, "partition": partition.partition}
        )
        with suppress(IllegalStateError):
            consumer.seek(partition, offset)
        # Whoever lifts the pause has seen to the cause: count afresh.
        self._gauges[partition] = FloodGauge()
        scope = f"topic:{partition.topic}"
        while not stop.is_set():
            try:
                async with self._database.transaction() as tx:
                    pause = await add_pause(tx, scope, reason=FLOOD_REASON, actor="intake")
            except UNAVAILABLE:
                await _sleep(stop, RETRY_SECONDS)
            else:
                self._board.apply(pause)
                return

    async def revoked(self, consumer: AIOKafkaConsumer) -> None:
        """Wait until no batch is on its way into Postgres, and commit; one that waits for Postgres is given back."""
        self._giving_back.set()
        async with self._busy:
            self._giving_back.clear()
            await self._commit_last(consumer)

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        self._joined.set()
        self._positions.clear()
        self._gauges = defaultdict(
            FloodGauge, {p: gauge for p, gauge in self._gauges.items() if p in set(partitions)}
        )
        log.info("intake.assigned", extra={"partitions": len(partitions)})


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka publishes no types
    def __init__(self, intake: Intake, consumer: AIOKafkaConsumer) -> None:
        self._intake = intake
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        await self._intake.revoked(self._consumer)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._intake.assigned(assigned)


async def _fetch(consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
    fetched: dict[TopicPartition, list[Any]] = await consumer.getmany(
        timeout_ms=POLL_MS, max_records=BATCH
    )
    return {partition: records for partition, records in fetched.items() if records}


async def _leave(consumer: AIOKafkaConsumer) -> None:
    """Leave the group, but not wait for a broker that is away."""
    try:
        async with asyncio.timeout(LEAVE_SECONDS):
            await leave(consumer)
    except (TimeoutError, KafkaError) as exc:
        log.info("intake.leave_left_out", extra={"error": repr(exc)})


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)

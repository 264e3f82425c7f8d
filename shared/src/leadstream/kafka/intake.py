"""Intake: records become jobs in one transaction; only then are their offsets committed, a few times a second.

An aiokafka batch loop, hosted by the service's Faust app. Faust's own agents cost 100 µs for each event, which is
half of what a lead may cost altogether (docs/adr/0002).
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from leadstream.contracts.codec import Decoded, decode
from leadstream.contracts.record import RawRecord
from leadstream.contracts.rejection import Reason, Rejected
from leadstream.failpoints import failpoint
from leadstream.jobs.ledger import add_jobs
from leadstream.kafka.binding import bind_leads
from leadstream.kafka.client import KafkaConfig, leave, make_consumer
from leadstream.kafka.deadletter import DeadLetter, set_aside
from leadstream.kafka.flood import FloodGauge
from leadstream.kafka.handlers import EventHandler
from leadstream.kafka.traced import TracedBatch
from leadstream.observability import tracing
from leadstream.outbox import add_events
from leadstream.pacing import rest_after
from leadstream.pauses import PauseBoard, add_pause
from leadstream.postgres import UNAVAILABLE, Database, Tx

log = logging.getLogger(__name__)

BATCH = 500
POLL_MS = 250
RETRY_SECONDS = 0.5
# What was taken in is taken in: an offset that a crash left uncommitted makes the same jobs, once. A commit for each
# batch is a request of its own, and at a lead a batch they are as many as the records.
COMMIT_SECONDS = 0.25
# A broker that is away must hold up neither a rebalance nor the end of the process.
LAST_COMMIT_SECONDS = 2.0
FLOOD_REASON = "flood of bad records"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeObserver:
    """Where the figures go."""

    consumed: Callable[[str, str, int], None] = lambda topic, outcome, count: None
    dead_letter: Callable[[str, str], None] = lambda topic, reason: None
    lag: Callable[[str, int], None] = lambda topic, records: None


@dataclass(frozen=True, slots=True)
class _Taken:
    # Of the jobs that are new.
    kinds: Collection[str]
    events: int
    letters: list[DeadLetter]


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
        group: str | None = None,
        instance_id: str | None = None,
        session_timeout_ms: int = 45_000,
        linger: timedelta = timedelta(0),
        on_jobs: Callable[[Collection[str]], None] = lambda kinds: None,
        on_outbox: Callable[[], None] = lambda: None,
        observer: IntakeObserver | None = None,
    ) -> None:
        self._database = database
        self._board = board
        self._kafka = kafka
        self._handlers = dict(handlers)
        self._service = service
        self._group = group or service
        self._instance_id = instance_id
        self._session_timeout_ms = session_timeout_ms
        self._linger = linger.total_seconds()
        self._on_jobs = on_jobs
        self._on_outbox = on_outbox
        self._observer = observer or IntakeObserver()
        # What is taken and committed, by partition: the next offset to read.
        self._positions: dict[TopicPartition, int] = {}
        # The same, of what is not committed yet, and when the next commit is due.
        self._uncommitted: dict[TopicPartition, int] = {}
        self._commit_at = 0.0
        self._gauges: dict[TopicPartition, FloodGauge] = defaultdict(FloodGauge)
        # Held from when a batch is fetched until it is committed: a partition is not given away in between.
        self._busy = asyncio.Lock()
        self._giving_back = asyncio.Event()
        self._joined = asyncio.Event()
        self._traced: TracedBatch | None = None

    @property
    def joined(self) -> bool:
        """Whether the group has given this member its partitions (none is an assignment, too)."""
        return self._joined.is_set()

    @property
    def stopped_topics(self) -> list[str]:
        """Topics whose consumption is paused, by the flood limit or by an operator."""
        return sorted(p.scope.removeprefix("topic:") for p in self._board.scopes("topic"))

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._consume(stop)
            except KafkaError as exc:
                log.warning("intake.kafka_unavailable", extra={"error": repr(exc)})
                await _sleep(stop, RETRY_SECONDS)

    async def _consume(self, stop: asyncio.Event) -> None:
        consumer = make_consumer(
            self._kafka,
            group=self._group,
            instance_id=self._instance_id,
            session_timeout_ms=self._session_timeout_ms,
        )
        consumer.subscribe(list(self._handlers), listener=_Rebalances(self, consumer))
        try:
            await consumer.start()
            while not stop.is_set():
                self._obey_pauses(consumer)
                # Not under the lock: while a rebalance goes on this waits for its end, and the rebalance for the lock.
                records = await _fetch(consumer)
                if records:
                    started = time.monotonic()
                    async with self._busy:
                        await self._take(consumer, records, stop)
                    if sum(map(len, records.values())) < BATCH:
                        await rest_after(time.monotonic() - started, at_least=self._linger)
                if time.monotonic() >= self._commit_at:
                    await self._commit(consumer)
                self._report_lag(consumer)
            await self._commit_last(consumer)
        finally:
            self._joined.clear()
            await (leave(consumer) if stop.is_set() else consumer.stop())

    async def _take(
        self,
        consumer: AIOKafkaConsumer,
        records: dict[TopicPartition, list[Any]],
        stop: asyncio.Event,
    ) -> None:
        batch, floods = self._decode(records)
        if not await self._store_traced(batch, stop):
            return
        failpoint("intake_committed")
        self._note_taken(batch)
        for partition, offset in floods.items():
            await self._stop_topic(consumer, partition, offset)

    def _decode(
        self, records: dict[TopicPartition, list[Any]]
    ) -> tuple[list[tuple[RawRecord, Decoded[Any] | Rejected]], dict[TopicPartition, int]]:
        """Decode until a partition floods; return what may be taken, and where floods begin."""
        batch: list[tuple[RawRecord, Decoded[Any] | Rejected]] = []
        floods: dict[TopicPartition, int] = {}
        for partition, fetched in records.items():
            gauge = self._gauges[partition]
            for each in fetched:
                decoded = decode(each)
                batch.append((each, decoded))
                if gauge.note(bad=isinstance(decoded, Rejected)):
                    floods[partition] = each.offset + 1
                    break
        return batch, floods

    async def _store_traced(
        self, batch: Sequence[tuple[RawRecord, Decoded[Any] | Rejected]], stop: asyncio.Event
    ) -> bool:
        tracer = tracing.active()
        if tracer is None:
            return await self._store_until_done(batch, stop)
        with TracedBatch(tracer, batch, group=self._group) as self._traced:
            return await self._store_until_done(self._traced.batch, stop)

    async def _store_until_done(
        self, batch: Sequence[tuple[RawRecord, Decoded[Any] | Rejected]], stop: asyncio.Event
    ) -> bool:
        """Wait for Postgres in place. False: given back undone, because the partitions must go or the process ends."""
        while True:
            try:
                await self._store(batch)
            except UNAVAILABLE as exc:
                log.warning("intake.postgres_unavailable", extra={"error": repr(exc)})
                await _sleep(stop, RETRY_SECONDS)
                if stop.is_set() or self._giving_back.is_set():
                    return False
            else:
                return True

    async def _store(self, batch: Sequence[tuple[RawRecord, Decoded[Any] | Rejected]]) -> None:
        try:
            taken = await self._store_together(batch)
        except (
            asyncpg.DataError,
            asyncpg.IntegrityConstraintViolationError,
            # asyncpg's own word for a value that fits no parameter.
            ValueError,
        ) as exc:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._store(batch[:middle])
                await self._store(batch[middle:])
                return
            # Postgres refuses something in this one record: its neighbours must not wait for it.
            log.exception("intake.refused_by_postgres")
            record = batch[0][0]
            error = f"Postgres refused it: {type(exc).__name__}"
            rejected = Rejected(record, Reason.UNPROCESSABLE, error)
            taken = await self._store_together([(record, rejected)])
        self._report(batch, taken)

    async def _store_together(
        self, batch: Sequence[tuple[RawRecord, Decoded[Any] | Rejected]]
    ) -> _Taken:
        async with self._database.transaction(hot=True) as tx:
            letters = [
                DeadLetter(rejected.record, rejected.reason, rejected.error)
                for _, rejected in batch
                if isinstance(rejected, Rejected)
            ]
            events = [decoded for _, decoded in batch if isinstance(decoded, Decoded)]
            usable, foreign = await self._part_by_workspace(tx, events)
            kinds: set[str] = set()
            announced = 0
            for topic, handler in self._handlers.items():
                ours = [event for event in usable if event.record.topic == topic]
                if not ours:
                    continue
                intake = await handler(tx, ours)
                if await add_jobs(tx, intake.jobs):
                    kinds |= {job.kind for job in intake.jobs}
                await add_events(tx, intake.events, notify=False)
                announced += len(intake.events)
                letters += [
                    DeadLetter(e.record, reason, error) for e, reason, error in intake.rejected
                ]
            fresh, aside = await set_aside(tx, [*letters, *foreign], service=self._service)
            await add_events(tx, aside, notify=False)
        return _Taken(kinds, announced + len(aside), fresh)

    async def _part_by_workspace(
        self, tx: Tx, events: Sequence[Decoded[Any]]
    ) -> tuple[list[Decoded[Any]], list[DeadLetter]]:
        leads = [event for event in events if hasattr(event.event, "lead_id")]
        bound = await bind_leads(tx, [(e.event.lead_id, e.event.workspace_id) for e in leads])
        foreign: set[int] = {id(e) for e in leads if bound[e.event.lead_id] != e.event.workspace_id}
        letters = [
            DeadLetter(e.record, "workspace_mismatch", "the lead belongs to another workspace")
            for e in leads
            if id(e) in foreign
        ]
        return [e for e in events if id(e) not in foreign], letters

    def _report(
        self, batch: Sequence[tuple[RawRecord, Decoded[Any] | Rejected]], taken: _Taken
    ) -> None:
        if taken.kinds:
            self._on_jobs(taken.kinds)
        if taken.events:
            self._on_outbox()
        for letter in taken.letters:
            if self._traced:
                self._traced.reject(letter.record, letter.reason)
            self._observer.dead_letter(letter.record.topic, letter.reason)
            log.error(
                "intake.dead_letter",
                extra={
                    "topic": letter.record.topic,
                    "partition": letter.record.partition,
                    "offset": letter.record.offset,
                    "reason": letter.reason,
                    "error": letter.error,
                },
            )
        totals = Counter(record.topic for record, _ in batch)
        bad = Counter(letter.record.topic for letter in taken.letters)
        for topic, total in totals.items():
            self._observer.consumed(topic, "ok", total - bad[topic])
            if bad[topic]:
                self._observer.consumed(topic, "dead_letter", bad[topic])

    def _note_taken(self, batch: Sequence[tuple[RawRecord, object]]) -> None:
        if not self._uncommitted:
            self._commit_at = time.monotonic() + COMMIT_SECONDS
        offsets = {
            TopicPartition(record.topic, record.partition): record.offset + 1 for record, _ in batch
        }
        self._positions |= offsets
        self._uncommitted |= offsets

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        offsets, self._uncommitted = self._uncommitted, {}
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
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int
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
        while True:
            try:
                async with self._database.transaction() as tx:
                    pause = await add_pause(tx, scope, reason=FLOOD_REASON, actor="intake")
            except UNAVAILABLE:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._board.apply(pause)
                return

    def _obey_pauses(self, consumer: AIOKafkaConsumer) -> None:
        stopped = set(self.stopped_topics)
        assigned = consumer.assignment()
        paused = consumer.paused()
        wanted = {partition for partition in assigned if partition.topic in stopped}
        if wanted - paused:
            consumer.pause(*(wanted - paused))
        if paused - wanted:
            consumer.resume(*(paused - wanted))

    def _report_lag(self, consumer: AIOKafkaConsumer) -> None:
        lags = dict.fromkeys(self._handlers, 0)
        for partition, position in self._positions.items():
            highwater = consumer.highwater(partition)
            if highwater is not None:
                lags[partition.topic] += max(0, highwater - position)
        for topic, lag in lags.items():
            self._observer.lag(topic, lag)

    async def revoked(self, consumer: AIOKafkaConsumer) -> None:
        """Wait until no batch is on its way into Postgres, and commit; one that waits for Postgres is given back."""
        self._giving_back.set()
        async with self._busy:
            self._giving_back.clear()
            await self._commit_last(consumer)

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        self._joined.set()
        self._positions.clear()
        # Fetching starts at what is committed.
        self._uncommitted.clear()
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


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)

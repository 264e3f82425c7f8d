"""A relay's term of leadership: from the lock to whatever ends it."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from leadstream.failpoints import failpoint
from leadstream.kafka.client import KafkaConfig, abandon, make_producer
from leadstream.outbox.lanes import Lane, Lanes
from leadstream.outbox.publisher import Publisher, Sent
from leadstream.outbox.store import SQL

log = logging.getLogger(__name__)

BATCH = 500
# Of rows on their way at one time. The largest record is half of it, and each byte is there a few times: in the row, in
# the batch, in the request.
BATCH_BYTES = 4 * 1024 * 1024
START_SECONDS = 10.0
CLOSE_SECONDS = 1.0
# Lanes that are tried side by side, each with a producer of its own.
PROBES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayObserver:
    """Where the figures go."""

    published: Callable[[str, int], None] = lambda topic, count: None
    refused: Callable[[str], None] = lambda topic: None
    # How many lanes there are, by topic.
    lanes: Callable[[Mapping[str, int]], None] = lambda counts: None


class Term:
    """Publishes in the order of the rows. What a topic or partition does not take goes into a lane and waits."""

    def __init__(  # noqa: PLR0913 - what a relay has, handed over
        self,
        connection: Any,
        kafka: KafkaConfig,
        *,
        source: str,
        only_dead_letters: bool,
        longest_rest: float,
        wake: Callable[[], None],
        observer: RelayObserver,
    ) -> None:
        self._connection = connection
        self._kafka = kafka
        self._source = source
        self._only_dead_letters = only_dead_letters
        self._longest_rest = longest_rest
        self._wake = wake
        self._observer = observer
        # Whatever is written is written through the session that has the lock: who lost it, changes nothing any more.
        self._turn = asyncio.Lock()
        self._publisher: Publisher | None = None
        self._lanes = Lanes(())
        self._probing = asyncio.Semaphore(PROBES)
        self._probes: dict[str, asyncio.Task[None]] = {}

    async def begin(self) -> None:
        self._lanes = Lanes([row["lane"] for row in await self._fetch(SQL.lanes)])
        self._observer.lanes(self._lanes.counts())
        self._publisher = await self._open()

    async def end(self) -> None:
        for probe in self._probes.values():
            probe.cancel()
        await asyncio.gather(*self._probes.values(), return_exceptions=True)
        self._observer.lanes({})
        if self._publisher:
            await _close(self._publisher.producer)

    async def publish(self) -> bool:
        """Publish some of what is free and of each lane that is well; tell whether there may be more."""
        self._start_probes()
        more = await self._publish_from(None)
        for lane in self._lanes:
            if lane.is_well:
                more |= await self._publish_from(lane)
        return more

    async def _publish_from(self, lane: Lane | None) -> bool:
        limit = 1 if lane and lane.suspect_until else BATCH
        rows = await self._take(lane, limit)
        if rows:
            assert self._publisher is not None  # noqa: S101 - there is one from `begin` on
            await self._send(self._publisher, rows, lane)
        elif lane:
            self._lanes.close(lane)
            self._observer.lanes(self._lanes.counts())
            log.info("relay.lane_recovered", extra={"lane": lane.name})
        if lane and rows and rows[-1]["seq"] >= lane.suspect_until:
            lane.suspect_until = 0
        # What was cut for its bytes is at least two of the largest.
        return len(rows) == limit or sum(map(_size, rows)) > BATCH_BYTES / 4

    async def _take(self, lane: Lane | None, limit: int) -> list[Any]:
        if lane:
            return await self._fetch(SQL.lane_events, limit, BATCH_BYTES, lane.name)
        free = SQL.free_dead_letters if self._only_dead_letters else SQL.free_events
        return await self._fetch(free, limit, BATCH_BYTES)

    async def _send(self, publisher: Publisher, rows: Sequence[Any], lane: Lane | None) -> bool:
        """Publish rows of a lane, or free ones, and write down what became of them; tell whether that was all good."""
        topics = {row["topic"] for row in rows}
        known = await publisher.partitions(
            [topic for topic in topics if lane or topic not in self._lanes]
        )
        parted = self._lanes.part(rows, known, lane)
        sent = await publisher.publish(parted.parcels)
        failpoint("broker_acked")
        await self._let_go(sent)
        failpoint("outbox_deleted")
        self._report(sent)
        if publisher is self._publisher and (sent.is_broken or parted.unknown_topics):
            # Only if another producer finds the cluster it is the topic or the partition that is away, not Kafka.
            self._publisher = await self._replace(publisher)
        for topic in parted.unknown_topics:
            log.error("relay.topic_missing", extra={"topic": topic})
        await self._hold({**parted.held, **sent.failed})
        self._note_failures(sent, parted.unknown_topics)
        return not sent.failed and not parted.held

    async def _let_go(self, sent: Sent) -> None:
        """What is acknowledged goes; what will never be goes aside, where it is seen and kept."""
        acked = [row["seq"] for row in sent.acked]
        async with self._turn:
            if not sent.refused:
                # One statement is a transaction of its own.
                await self._connection.execute(SQL.delete_events, acked)
                return
            async with self._connection.transaction():
                await self._connection.execute(SQL.delete_events, acked)
                for row, error in sent.refused:
                    await self._connection.execute(SQL.set_aside, row["seq"], error)

    async def _hold(self, held: Mapping[str, Sequence[Any]]) -> None:
        if not held:
            return
        for name in held:
            self._lanes.open(name)
        rows = [(row["seq"], name) for name, found in held.items() for row in found]
        async with self._turn:
            await self._connection.execute(
                SQL.hold_events, [seq for seq, _ in rows], [name for _, name in rows]
            )

    def _note_failures(self, sent: Sent, unknown_topics: Collection[str]) -> None:
        now = time.monotonic()
        for name in {*sent.failed, *unknown_topics}:
            lane = self._lanes.open(name)
            if name in sent.suspect:
                lane.suspect(until=max(row["seq"] for row in sent.failed[name]))
                continue
            lane.fail(now, self._longest_rest)
            log.warning(
                "relay.lane_waits",
                extra={"lane": name, "error": repr(sent.errors.get(name)), "rest": lane.rest},
            )
        self._observer.lanes(self._lanes.counts())

    def _start_probes(self) -> None:
        for name, probe in list(self._probes.items()):
            if probe.done():
                del self._probes[name]
                probe.result()
        now = time.monotonic()
        for lane in self._lanes:
            if not lane.is_well and lane.due <= now and lane.name not in self._probes:
                self._probes[lane.name] = asyncio.create_task(self._probe(lane))

    async def _probe(self, lane: Lane) -> None:
        """Try a lane's first event, with a producer that nobody else waits for."""
        async with self._probing:
            rows = await self._take(lane, 1)
            try:
                publisher = await self._open()
            except (KafkaError, TimeoutError):
                lane.fail(time.monotonic(), self._longest_rest)
                return
            try:
                if await self._send(publisher, rows, lane):
                    lane.recover()
                    self._wake()
            finally:
                await _close(publisher.producer)

    async def _open(self) -> Publisher:
        # A producer whose batch failed may not be used on: there is a new one after each.
        producer = make_producer(self._kafka)
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.start()
        except BaseException:
            await abandon(producer)
            raise
        return Publisher(producer, self._source)

    async def _replace(self, publisher: Publisher) -> Publisher:
        await abandon(publisher.producer)
        return await self._open()

    async def _fetch(self, statement: str, *arguments: Any) -> list[Any]:
        async with self._turn:
            rows: list[Any] = await self._connection.fetch(statement, *arguments)
            return rows

    def _report(self, sent: Sent) -> None:
        for topic, count in Counter(row["topic"] for row in sent.acked).items():
            self._observer.published(topic, count)
        for row, error in sent.refused:
            self._observer.refused(row["topic"])
            log.error("relay.refused", extra=_described(row, error))
        log.debug("relay.published", extra={"count": len(sent.acked)})


def _size(row: Any) -> int:
    return len(row["payload"] or b"")


def _described(row: Any, error: str) -> dict[str, Any]:
    return {
        "event_id": str(row["id"]),
        "seq": row["seq"],
        "topic": row["topic"],
        "type": row["type"],
        "bytes": _size(row),
        "error": error,
    }


async def _close(producer: AIOKafkaProducer) -> None:
    """Close, but not wait for what a broker that is away has not taken: its rows are in the outbox still."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.stop()
    except (KafkaError, TimeoutError):
        await abandon(producer)

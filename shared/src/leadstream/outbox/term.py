"""A relay's term of leadership: from the lock to whatever ends it."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from leadstream.failpoints import failpoint
from leadstream.kafka.client import KafkaConfig, abandon, make_producer
from leadstream.outbox.lanes import Lane, Lanes
from leadstream.outbox.numbers import Numbers
from leadstream.outbox.publisher import Publisher, Sent
from leadstream.outbox.store import SQL, Row
from leadstream.postgres import UNAVAILABLE

log = logging.getLogger(__name__)

BATCH = 500
# Of rows on their way at one time. The largest record is half of it, and each byte is there a few times: in the row, in
# the batch, in the request.
BATCH_BYTES = 4 * 1024 * 1024
START_SECONDS = 10.0
CLOSE_SECONDS = 1.0
# So many rows that the broker has acknowledged are deleted together, or those of so long. A relay that dies meanwhile
# leaves them to the next one, which sends them again.
DELETED_AT_ONCE = 1000
DELETE_SECONDS = 0.25
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
    """Publishes in the order of the rows. What a topic or partition does not take goes into a lane and waits.

    The table is the truth. What this process has committed goes out without a look only where a look would show nothing
    before it; all else is found by looking, once what is acknowledged is deleted.
    """

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
        self._numbers = Numbers()
        # Acknowledged and not deleted: number and topic.
        self._acked: list[tuple[int, str]] = []
        self._looked_at = 0.0
        # Whether the last look left something.
        self._is_behind = True

    async def begin(self) -> None:
        self._lanes = Lanes([row["lane"] for row in await self._fetch(SQL.lanes)])
        self._observer.lanes(self._lanes.counts())
        self._publisher = await self._open()

    async def end(self) -> None:
        for probe in self._probes.values():
            probe.cancel()
        await asyncio.gather(*self._probes.values(), return_exceptions=True)
        with suppress(*UNAVAILABLE):
            async with asyncio.timeout(CLOSE_SECONDS), self._turn:
                await self._delete_acked()
        self._observer.lanes({})
        if self._publisher:
            await _close(self._publisher.producer)

    def due_in(self, poll_seconds: float) -> float:
        """Seconds until there must be a look, whoever has handed over what."""
        if self._is_behind or len(self._acked) >= DELETED_AT_ONCE:
            return 0.0
        seconds = min(DELETE_SECONDS, poll_seconds) if self._acked else poll_seconds
        return max(0.0, self._looked_at + seconds - time.monotonic())

    async def publish(self, handed: Sequence[Row] | None) -> bool:
        """Publish some of what is free and of each lane that is well; tell whether there may be more.

        What is free was `handed` over, or is found by a look.
        """
        self._start_probes()
        if handed is None or not await self._publish_handed(handed):
            self._is_behind = await self._look()
        more = self._is_behind
        for lane in self._lanes:
            if lane.is_well:
                more |= await self._publish_from(lane)
        return more

    async def _publish_handed(self, handed: Sequence[Row]) -> bool:
        """Return whether that could be: not if a row may be in the table that comes before one of these."""
        # A look may have found them between their commit and this.
        rows = [row for row in handed if not self._numbers.knows(row["seq"])]
        self._numbers.note(row["seq"] for row in rows)
        # Whoever has lost the session has lost the lock.
        if self._numbers.have_gaps or self._connection.is_closed():
            return False
        if rows:
            await self._send(self._current, sorted(rows, key=lambda row: row["seq"]), None)
        return True

    async def _look(self) -> bool:
        """Publish free rows from the table; tell whether there may be more."""
        self._looked_at = time.monotonic()
        until = await self._visible_until()
        rows = await self._take(None, BATCH)
        self._numbers.note(row["seq"] for row in rows)
        if rows:
            await self._send(self._current, rows, None)
        if _may_be_cut(rows, BATCH):
            return True
        self._numbers.forget_gaps(until)
        return False

    async def _visible_until(self) -> int:
        if not self._numbers.have_gaps:
            return 0
        [now] = await self._fetch(SQL.transactions)
        return self._numbers.visible_until(transaction=now["this"], oldest=now["oldest"])

    async def _publish_from(self, lane: Lane) -> bool:
        limit = 1 if lane.suspect_until else BATCH
        rows = await self._take(lane, limit)
        if rows:
            await self._send(self._current, rows, lane)
        else:
            self._lanes.close(lane)
            self._observer.lanes(self._lanes.counts())
            log.info("relay.lane_recovered", extra={"lane": lane.name})
        if rows and rows[-1]["seq"] >= lane.suspect_until:
            lane.suspect_until = 0
        return _may_be_cut(rows, limit)

    @property
    def _current(self) -> Publisher:
        assert self._publisher is not None  # noqa: S101 - there is one from `begin` on
        return self._publisher

    async def _take(self, lane: Lane | None, limit: int) -> list[Row]:
        async with self._turn:
            # Else they would be found again.
            await self._delete_acked()
            if lane:
                return await self._rows(SQL.lane_events, limit, BATCH_BYTES, lane.name)
            free = SQL.free_dead_letters if self._only_dead_letters else SQL.free_events
            return await self._rows(free, limit, BATCH_BYTES)

    async def _send(self, publisher: Publisher, rows: Sequence[Row], lane: Lane | None) -> bool:
        """Publish rows of a lane, or free ones, and write down what became of them; tell whether that was all good."""
        topics = {row["topic"] for row in rows}
        known = await publisher.partitions(
            [topic for topic in topics if lane or topic not in self._lanes]
        )
        parted = self._lanes.part(rows, known, lane)
        sent = await publisher.publish(parted.parcels)
        failpoint("broker_acked")
        self._acked += [(row["seq"], row["topic"]) for row in sent.acked]
        await self._set_aside(sent)
        if publisher is self._publisher and (sent.is_broken or parted.unknown_topics):
            # Only if another producer finds the cluster it is the topic or the partition that is away, not Kafka.
            self._publisher = await self._replace(publisher)
        for topic in parted.unknown_topics:
            log.error("relay.topic_missing", extra={"topic": topic})
        await self._hold({**parted.held, **sent.failed})
        self._note_failures(sent, parted.unknown_topics)
        return not sent.failed and not parted.held

    async def _delete_acked(self) -> None:
        """The caller has the turn."""
        if not self._acked:
            return
        acked, self._acked = self._acked, []
        # One statement is a transaction of its own.
        await self._connection.execute(SQL.delete_events, [seq for seq, _ in acked])
        failpoint("outbox_deleted")
        for topic, count in Counter(topic for _, topic in acked).items():
            self._observer.published(topic, count)
        log.debug("relay.published", extra={"count": len(acked)})

    async def _set_aside(self, sent: Sent) -> None:
        """What will never be taken goes where it is seen and kept."""
        for row, error in sent.refused:
            async with self._turn:
                # One statement is a transaction of its own.
                await self._connection.execute(SQL.set_aside, row["seq"], error)
            self._observer.refused(row["topic"])
            log.error("relay.refused", extra=_described(row, error))

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

    async def _fetch(self, statement: str, *arguments: Any) -> list[Row]:
        async with self._turn:
            return await self._rows(statement, *arguments)

    async def _rows(self, statement: str, *arguments: Any) -> list[Row]:
        rows: list[Row] = await self._connection.fetch(statement, *arguments)
        return rows


def _may_be_cut(rows: Sequence[Row], limit: int) -> bool:
    """Whether there may be more; what was cut for its bytes is at least two of the largest."""
    return len(rows) == limit or sum(map(_size, rows)) > BATCH_BYTES / 4


def _size(row: Row) -> int:
    return len(row["payload"] or b"")


def _described(row: Row, error: str) -> dict[str, Any]:
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

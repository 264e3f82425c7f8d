"""The relay: publishes outbox rows and deletes what the broker has acknowledged."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from leadstream.failpoints import failpoint
from leadstream.ids import derived_id
from leadstream.kafka.client import KafkaConfig, make_producer
from leadstream.outbox.publisher import Publisher, Sent
from leadstream.outbox.store import SQL
from leadstream.pacing import rest_after
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

BATCH = 500
# A NOTIFY wakes the relay at once; this look is for the one that got lost.
POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0
# How long the events of a topic that is not there wait before it is looked for again.
REST_SECONDS = 10.0
# After the word to stop; what is not out by then, another replica or the next start sends.
DRAIN_SECONDS = 2.0


class _PartlyError(Exception):
    """Not everything that was taken is published: the rows are put back, and looked at one by one."""


class Relay:
    """Runs in every replica; the one that holds the advisory lock publishes, the others wait for the lock."""

    def __init__(
        self,
        database: Database,
        kafka: KafkaConfig,
        *,
        source: str,
        only_dead_letters: bool = False,
        on_published: Callable[[str, int], None] = lambda topic, count: None,
        on_refused: Callable[[str], None] = lambda topic: None,
    ) -> None:
        self._database = database
        self._kafka = kafka
        self._source = source
        self._only_dead_letters = only_dead_letters
        self._on_published = on_published
        self._on_refused = on_refused
        self._wake = asyncio.Event()
        self._lock_key = derived_id("relay", database.schema).int % 2**63
        # Topics that could not be found, and until when they rest.
        self._resting: dict[str, float] = {}
        # So many rows go out one by one, because one of them is refused and it is not known which.
        self._one_by_one = 0

    def wake(self) -> None:
        """There is something in the outbox: don't wait for the NOTIFY."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        working = asyncio.create_task(self._run(stop), name="relay-work")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([working], timeout=DRAIN_SECONDS)
        finally:
            stopping.cancel()
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._lead(stop)
            except (*UNAVAILABLE, KafkaError) as exc:
                log.warning("relay.unavailable", extra={"error": repr(exc)})
            await _sleep(stop, RETRY_SECONDS)

    async def _lead(self, stop: asyncio.Event) -> None:
        """Wait until no other replica leads, then publish until told to stop."""
        async with self._database.dedicated() as connection:
            while not await connection.fetchval(SQL.try_lead, self._lock_key):
                await self._stand_by(stop, connection)
                if stop.is_set():
                    return
            # Rows that a crashed server has back are published again, as after a relay that died; to wait for the disk
            # would hold up the next batch.
            await connection.execute("SET synchronous_commit = off")
            channel = f"leadstream_outbox_{self._database.schema}"
            await connection.add_listener(channel, lambda *_: self._wake.set())
            # A producer whose batch expired may not be used on: each term of leadership has its own.
            producer = make_producer(self._kafka)
            try:
                await producer.start()
                await self._publish_until(stop, connection, Publisher(producer, self._source))
            finally:
                await _close(producer)

    async def _stand_by(self, stop: asyncio.Event, connection: Any) -> None:
        """Wait for a while, and tell whoever leads what this process has put into the outbox."""
        await self._next_wake(stop, RETRY_SECONDS)
        if self._wake.is_set():
            self._wake.clear()
            await connection.execute(SQL.notify_outbox)

    async def _publish_until(
        self, stop: asyncio.Event, connection: Any, publisher: Publisher
    ) -> None:
        while True:
            self._wake.clear()
            # Read before the look: what was written before the stop must still go out.
            stopping = stop.is_set()
            started = time.monotonic()
            if await self._publish_batch(connection, publisher):
                continue
            if stopping:
                return
            await rest_after(time.monotonic() - started)
            await self._next_wake(stop, POLL_SECONDS)

    async def _next_wake(self, stop: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()

    async def _publish_batch(self, connection: Any, publisher: Publisher) -> bool:
        """Publish some rows; tell whether there may be more."""
        limit = 1 if self._one_by_one else BATCH
        sent = await self._take_and_send(connection, publisher, limit)
        if not sent.taken:
            return False
        failpoint("outbox_deleted")
        self._report(sent)
        self._one_by_one = BATCH if sent.suspects else max(0, self._one_by_one - sent.taken)
        if sent.failure:
            raise sent.failure
        return sent.taken == limit

    async def _take_and_send(self, connection: Any, publisher: Publisher, limit: int) -> Sent:
        try:
            async with connection.transaction():
                rows = await connection.fetch(
                    SQL.take_events, limit, self._topics_at_rest(), self._only_dead_letters
                )
                if not rows:
                    return Sent(0)
                sent = await publisher.publish(sorted(rows, key=lambda row: row["seq"]))
                failpoint("broker_acked")
                if len(sent.acked) < len(rows):
                    raise _PartlyError
        except _PartlyError:
            async with connection.transaction():
                await _settle(connection, sent)
        return sent

    def _topics_at_rest(self) -> list[str]:
        now = time.monotonic()
        self._resting = {topic: until for topic, until in self._resting.items() if until > now}
        return list(self._resting)

    def _report(self, sent: Sent) -> None:
        for topic, count in Counter(row["topic"] for row in sent.acked).items():
            self._on_published(topic, count)
        for row, error in sent.refused:
            self._on_refused(row["topic"])
            log.error("relay.refused", extra=_described(row, error))
        for topic in sent.unknown_topics:
            self._resting[topic] = time.monotonic() + REST_SECONDS
            log.error("relay.topic_missing", extra={"topic": topic})
        log.debug("relay.published", extra={"count": len(sent.acked)})


async def _settle(connection: Any, sent: Sent) -> None:
    """What is acknowledged goes; what will never be goes aside, where it is seen and kept."""
    if sent.acked:
        await connection.execute(SQL.delete_events, [row["seq"] for row in sent.acked])
    for row, error in sent.refused:
        await connection.execute(SQL.set_aside, row["seq"], error)


def _described(row: Any, error: str) -> dict[str, Any]:
    return {
        "event_id": str(row["id"]),
        "seq": row["seq"],
        "topic": row["topic"],
        "type": row["type"],
        "bytes": len(row["payload"] or b""),
        "error": error,
    }


async def _close(producer: AIOKafkaProducer) -> None:
    """Close, but not wait for what a broker that is away has not taken: its rows are in the outbox still."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS / 2):
            await producer.stop()
    except (KafkaError, TimeoutError):
        await producer.client.close()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)

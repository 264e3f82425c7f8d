"""The relay: publishes outbox rows and deletes what the broker has acknowledged."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaError

from leadstream.ids import derived_id
from leadstream.kafka.client import KafkaConfig
from leadstream.outbox.hand import Hand
from leadstream.outbox.store import SQL, Row
from leadstream.outbox.term import RelayObserver, Term
from leadstream.pacing import first_of, rest_after
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

# A NOTIFY wakes the relay at once; this look is for the one that got lost.
POLL_SECONDS = 1.0
RETRY_SECONDS = 1.0
# How long, at most, what a topic or a partition does not take waits until that is tried again.
REST_SECONDS = 10.0
# After the word to stop; what is not out by then, another replica or the next start sends.
DRAIN_SECONDS = 2.0


class Relay:
    """Runs in every replica; the one that holds the advisory lock publishes, the others wait for the lock."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        kafka: KafkaConfig,
        *,
        source: str,
        only_dead_letters: bool = False,
        on_published: Callable[[str, int], None] = lambda topic, count: None,
        on_refused: Callable[[str], None] = lambda topic: None,
        on_lanes: Callable[[Mapping[str, int]], None] = lambda counts: None,
    ) -> None:
        self._database = database
        self._kafka = kafka
        self._source = source
        self._only_dead_letters = only_dead_letters
        self._on_published = on_published
        self._on_refused = on_refused
        self._on_lanes = on_lanes
        self._hand = Hand()
        self._wake = asyncio.Event()
        self._lock_key = derived_id("relay", database.schema).int % 2**63

    def wake(self) -> None:
        """There is something in the outbox: don't wait for the NOTIFY."""
        self._hand.look()
        self._wake.set()

    def hand_over(self, rows: Sequence[Row]) -> None:
        """These rows are in the outbox, committed: here they are."""
        if rows:
            self._hand.put(rows)
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
        async with self._database.dedicated(hot=True) as connection:
            while not await connection.fetchval(SQL.try_lead, self._lock_key):
                await self._stand_by(stop, connection)
                if stop.is_set():
                    return
            # Rows that a crashed server has back are published again, as after a relay that died; to wait for the disk
            # would hold up the next batch.
            await connection.execute("SET synchronous_commit = off")
            channel = f"leadstream_outbox_{self._database.schema}"
            await connection.add_listener(channel, lambda *_: self.wake())
            term = self._make_term(connection)
            try:
                await term.begin()
                if not self._only_dead_letters:
                    self._hand.open()
                await self._publish_until(stop, term)
            finally:
                self._hand.close()
                await term.end()

    def _make_term(self, connection: Any) -> Term:
        return Term(
            connection,
            self._kafka,
            source=self._source,
            only_dead_letters=self._only_dead_letters,
            longest_rest=REST_SECONDS,
            wake=self.wake,
            observer=RelayObserver(
                published=lambda topic, count: self._on_published(topic, count),
                refused=lambda topic: self._on_refused(topic),
                lanes=self._on_lanes,
            ),
        )

    async def _stand_by(self, stop: asyncio.Event, connection: Any) -> None:
        """Wait for a while, and tell whoever leads what this process has put into the outbox."""
        await first_of(self._wake, stop, timeout=RETRY_SECONDS)
        if self._wake.is_set():
            self._wake.clear()
            await connection.execute(SQL.notify_outbox)

    async def _publish_until(self, stop: asyncio.Event, term: Term) -> None:
        while True:
            self._wake.clear()
            # Read before the look: what was written before the stop must still go out.
            stopping = stop.is_set()
            started = time.monotonic()
            handed = self._hand.take()
            if stopping or not term.due_in(POLL_SECONDS):
                handed = None
            if await term.publish(handed):
                continue
            if stopping:
                return
            await rest_after(time.monotonic() - started)
            await first_of(self._wake, stop, timeout=term.due_in(POLL_SECONDS))


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)

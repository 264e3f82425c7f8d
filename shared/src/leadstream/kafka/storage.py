"""A batch of records becomes what it asks for, in one transaction."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from leadstream.contracts.codec import Decoded
from leadstream.contracts.record import RawRecord
from leadstream.contracts.rejection import Reason, Rejected
from leadstream.jobs.adding import MakeAdding
from leadstream.jobs.model import NewJob
from leadstream.kafka.binding import bind_leads
from leadstream.kafka.deadletter import DeadLetter, set_aside
from leadstream.kafka.handlers import EventHandler
from leadstream.kafka.traced import TracedBatch
from leadstream.outbox import OutboxEvent, Row, write_events
from leadstream.postgres import Database, Tx

log = logging.getLogger(__name__)

Batch: TypeAlias = Sequence[tuple[RawRecord, Decoded[Any] | Rejected]]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeObserver:
    """Where the figures go."""

    consumed: Callable[[str, str, int], None] = lambda topic, outcome, count: None
    dead_letter: Callable[[str, str], None] = lambda topic, reason: None
    lag: Callable[[str, int], None] = lambda topic, records: None
    # Records that were to be read next and are not there any more.
    missing: Callable[[str, int], None] = lambda topic, records: None


@dataclass(frozen=True, slots=True)
class _Taken:
    rows: Sequence[Row]
    letters: list[DeadLetter]
    # By topic, records of what was deleted.
    gone: Counter[str]


class Storage:
    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, EventHandler],
        *,
        service: str,
        adding: MakeAdding,
        on_outbox: Callable[[Sequence[Row]], None],
        observer: IntakeObserver,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._service = service
        self._adding = adding
        self._on_outbox = on_outbox
        self._observer = observer

    async def store(self, batch: Batch, traced: TracedBatch | None = None) -> None:
        """Write the batch down; what Postgres refuses of it is set aside. Raises when Postgres is away."""
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
                await self.store(batch[:middle], traced)
                await self.store(batch[middle:], traced)
                return
            # Postgres refuses something in this one record: its neighbours must not wait for it.
            log.exception("intake.refused_by_postgres")
            record = batch[0][0]
            error = f"Postgres refused it: {type(exc).__name__}"
            rejected = Rejected(record, Reason.UNPROCESSABLE, error)
            taken = await self._store_together([(record, rejected)])
        self._report(batch, taken, traced)

    async def _store_together(self, batch: Batch) -> _Taken:
        letters = [
            DeadLetter(rejected.record, rejected.reason, rejected.error)
            for _, rejected in batch
            if isinstance(rejected, Rejected)
        ]
        decoded = [decoded for _, decoded in batch if isinstance(decoded, Decoded)]
        jobs: list[NewJob] = []
        events: list[OutboxEvent] = []
        # What is added begins when the transaction is committed, not before.
        with self._adding() as adding:
            async with self._database.transaction(hot=True) as tx:
                usable, foreign, gone = await _part_by_binding(tx, decoded)
                for topic, handler in self._handlers.items():
                    ours = [event for event in usable if event.record.topic == topic]
                    if not ours:
                        continue
                    work = await handler(tx, ours)
                    jobs += work.jobs
                    events += work.events
                    letters += [
                        DeadLetter(e.record, reason, error) for e, reason, error in work.rejected
                    ]
                fresh, aside = await set_aside(tx, [*letters, *foreign], service=self._service)
                rows = write_events(tx, [*events, *aside])
                adding.add(tx, jobs)
        return _Taken(rows(), fresh, gone)

    def _report(self, batch: Batch, taken: _Taken, traced: TracedBatch | None) -> None:
        self._on_outbox(taken.rows)
        for letter in taken.letters:
            if traced:
                traced.reject(letter.record, letter.reason)
            self._observer.dead_letter(letter.record.topic, letter.reason)
            _log(letter)
        totals = Counter(record.topic for record, _ in batch)
        bad = Counter(letter.record.topic for letter in taken.letters)
        for topic, total in totals.items():
            self._observer.consumed(topic, "ok", total - bad[topic] - taken.gone[topic])
            if bad[topic]:
                self._observer.consumed(topic, "dead_letter", bad[topic])
            if taken.gone[topic]:
                self._observer.consumed(topic, "gone", taken.gone[topic])


async def _part_by_binding(
    tx: Tx, events: Sequence[Decoded[Any]]
) -> tuple[list[Decoded[Any]], list[DeadLetter], Counter[str]]:
    """What is to be taken, what is another workspace's, and how much is of what was deleted."""
    leads = [event for event in events if hasattr(event.event, "lead_id")]
    bound = await bind_leads(tx, [(e.event.lead_id, e.event.workspace_id) for e in leads])
    foreign = [e for e in leads if bound[e.event.lead_id].workspace_id != e.event.workspace_id]
    gone = [e for e in leads if not bound[e.event.lead_id].takes(e.time)]
    left_out = {id(e) for e in (*foreign, *gone)}
    letters = [
        DeadLetter(e.record, "workspace_mismatch", "the lead belongs to another workspace")
        for e in foreign
    ]
    topics = Counter(e.record.topic for e in gone if e not in foreign)
    return [e for e in events if id(e) not in left_out], letters, topics


def _log(letter: DeadLetter) -> None:
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

"""Writes outcomes down, many at a time: one transaction for whatever has ended meanwhile."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from leadstream.failpoints import failpoint
from leadstream.jobs.kinds import JobKind, record_nothing
from leadstream.jobs.ledger import Ledger, outcome_name
from leadstream.jobs.model import Finished, Held, JobState, Problem, Retry, Settled
from leadstream.observability.tracing import trace_id_of
from leadstream.outbox import add_events
from leadstream.pacing import rest_after
from leadstream.pauses import Pause, PauseBoard, add_pause
from leadstream.postgres import UNAVAILABLE, Database, Tx

log = logging.getLogger(__name__)

BATCH = 500
RETRY_SECONDS = 0.5


@dataclass(slots=True)
class _Entry:
    finished: list[Finished]
    # The breaker's word: a scope that must rest.
    rest: tuple[str, timedelta] | None
    done: asyncio.Future[None]


class Settler:
    """Group commit for attempts: each waits until its outcome is durable, none waits for a commit of its own."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        board: PauseBoard,
        kinds: Sequence[JobKind],
        *,
        on_outbox: Callable[[], None],
        on_settled: Callable[[Settled], None] = lambda settled: None,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._board = board
        self._kinds = {kind.name: kind for kind in kinds}
        self._on_outbox = on_outbox
        self._on_settled = on_settled
        self._queue: asyncio.Queue[_Entry] = asyncio.Queue()

    async def put(self, finished: list[Finished], rest: tuple[str, timedelta] | None) -> None:
        """Return once the outcomes are durable, or known to belong to somebody else by now."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Entry(finished, rest, done))
        await done

    async def run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not (stop.is_set() and self._queue.empty()):
                getting = asyncio.ensure_future(self._queue.get())
                await asyncio.wait([getting, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    getting.cancel()
                    continue
                started = time.monotonic()
                entries = self._drain([getting.result()])
                await self._settle_entries(entries)
                if sum(len(entry.finished) for entry in entries) < BATCH:
                    await rest_after(time.monotonic() - started)
        finally:
            stopping.cancel()

    def _drain(self, entries: list[_Entry]) -> list[_Entry]:
        count = len(entries[0].finished)
        while count < BATCH and not self._queue.empty():
            entries.append(self._queue.get_nowait())
            count += len(entries[-1].finished)
        return entries

    async def _settle_entries(self, entries: list[_Entry]) -> None:
        finished = [each for entry in entries for each in entry.finished]
        rests = [entry.rest for entry in entries if entry.rest]
        await self._settle(finished, rests)
        for entry in entries:
            if not entry.done.done():
                entry.done.set_result(None)

    async def _settle(self, finished: list[Finished], rests: list[tuple[str, timedelta]]) -> None:
        """Until Postgres takes it; a row that Postgres refuses is parted from its neighbours."""
        while True:
            try:
                await self._commit(finished, rests, with_records=True)
            except ValueError:
                # Before UNAVAILABLE: asyncpg's word for a value that fits no parameter is an InterfaceError, too, and
                # waiting does not mend it.
                log.exception("settler.bug", extra={"jobs": [str(f.job.id) for f in finished]})
                await self._isolate(finished)
                return
            except UNAVAILABLE as exc:
                log.warning("settler.unavailable", extra={"error": repr(exc)})
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("settler.bug", extra={"jobs": [str(f.job.id) for f in finished]})
                await self._isolate(finished)
                return
            else:
                return

    async def _isolate(self, finished: list[Finished]) -> None:
        if len(finished) > 1:
            middle = len(finished) // 2
            await self._settle(finished[:middle], [])
            await self._settle(finished[middle:], [])
            return
        # What the attempt brought can't be written down. The job says so, and is tried again or fails, visibly.
        problem = Problem(error_class="internal_error", message="the outcome could not be recorded")
        retried = replace(
            finished[0],
            outcome=Retry(problem=problem, ambiguous=True),
            retry_after=timedelta(seconds=5),
        )
        while True:
            try:
                await self._commit([retried], [], with_records=False)
            except UNAVAILABLE:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _commit(
        self,
        finished: list[Finished],
        rests: list[tuple[str, timedelta]],
        *,
        with_records: bool,
    ) -> None:
        async with self._database.transaction(hot=True) as tx:
            settled = await self._ledger.settle(tx, finished)
            events = await self._record(tx, settled) if with_records else 0
            pauses = await self._pause(tx, settled, rests)
        failpoint("settled")
        for pause in pauses:
            self._board.apply(pause)
        if events:
            self._on_outbox()
        for each in settled:
            _log(each)
            self._on_settled(each)

    async def _record(self, tx: Tx, settled: Sequence[Settled]) -> int:
        count = 0
        # A recorder that several kinds share is called once: it takes its locks in one order.
        for recorder in {
            id(kind.recorder): kind.recorder for kind in self._kinds.values()
        }.values():
            ours = [each for each in settled if self._kinds[each.job.kind].recorder is recorder]
            if not ours or recorder is record_nothing:
                continue
            events = await recorder(tx, ours)
            await add_events(tx, events, notify=False)
            count += len(events)
        return count

    async def _pause(
        self, tx: Tx, settled: Sequence[Settled], rests: list[tuple[str, timedelta]]
    ) -> list[Pause]:
        holds = {
            (each.outcome.scope, each.outcome.reason): each.outcome
            for each in settled
            if isinstance(each.outcome, Held)
        }
        pauses = [
            await add_pause(
                tx,
                scope,
                reason=reason,
                actor="worker",
                until=held.until,
                detail=held.problem.message,
            )
            for (scope, reason), held in holds.items()
        ]
        now = datetime.now(UTC)
        for scope, rest in rests:
            pauses.append(
                await add_pause(
                    tx, scope, reason="circuit_open", actor="circuit-breaker", until=now + rest
                )
            )
        return pauses


def _log(settled: Settled) -> None:
    level = {JobState.FAILED: logging.ERROR, JobState.READY: logging.WARNING}.get(
        settled.state, logging.INFO
    )
    # Asked first: at a thousand jobs a second, making a record for nobody shows.
    if not log.isEnabledFor(level):
        return
    log.log(
        level,
        "job.attempted",
        extra={
            "job_id": str(settled.job.id),
            "kind": settled.job.kind,
            "lane": settled.job.lane,
            "lead_id": str(settled.job.lead_id) if settled.job.lead_id else None,
            "trace_id": trace_id_of(settled.job.traceparent),
            "outcome": outcome_name(settled),
            "state": settled.state.value,
            "attempt": settled.attempts,
            "error_class": settled.problem.error_class if settled.problem else None,
            "seconds": round((settled.finished_at - settled.started_at).total_seconds(), 4),
        },
    )

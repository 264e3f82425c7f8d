"""Writes outcomes down, many at a time: one transaction for whatever has ended meanwhile."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leadstream.failpoints import failpoint
from leadstream.jobs.circuit import Turn
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Failed, Held, Problem, Retry, Settled
from leadstream.jobs.records import write_records
from leadstream.outbox import Row, write_events
from leadstream.pacing import first_of, rest_after
from leadstream.pauses import (
    CIRCUIT_OPEN,
    Pause,
    PauseBoard,
    add_pause,
    lift,
    open_circuit,
    postpone_probe,
)
from leadstream.postgres import Database, Tx, is_refusal

log = logging.getLogger(__name__)

BATCH = 500
RETRY_SECONDS = 0.5


@dataclass(slots=True)
class _Entry:
    finished: Sequence[Settled]
    turn: Turn | None
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
        on_outbox: Callable[[Sequence[Row]], None],
        on_settled: Callable[[Settled], None] = lambda settled: None,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._board = board
        self._kinds = {kind.name: kind for kind in kinds}
        self._on_outbox = on_outbox
        self._on_settled = on_settled
        self._waiting: deque[_Entry] = deque()
        self._more = asyncio.Event()

    def put(self, finished: Sequence[Settled], turn: Turn | None = None) -> asyncio.Future[None]:
        """The future is done once the outcomes are durable, or known to belong to somebody else by now."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Entry(finished, turn, done))
        self._more.set()
        return done

    async def run(self, stop: asyncio.Event) -> None:
        while self._waiting or not stop.is_set():
            self._more.clear()
            if not self._waiting:
                await first_of(self._more, stop)
                continue
            started = time.monotonic()
            entries = self._next_entries()
            await self._settle_entries(entries)
            if sum(len(entry.finished) for entry in entries) < BATCH:
                await rest_after(time.monotonic() - started)

    def _next_entries(self) -> list[_Entry]:
        entries: list[_Entry] = []
        while self._waiting and sum(len(entry.finished) for entry in entries) < BATCH:
            entries.append(self._waiting.popleft())
        return entries

    async def _settle_entries(self, entries: list[_Entry]) -> None:
        finished = [each for entry in entries for each in entry.finished]
        turns = [entry.turn for entry in entries if entry.turn]
        await self._settle(finished, turns)
        for entry in entries:
            if not entry.done.done():
                entry.done.set_result(None)

    async def _settle(
        self, finished: Sequence[Settled], turns: Sequence[Turn], *, with_records: bool = True
    ) -> None:
        """Until Postgres takes it; a row that Postgres refuses is parted from its neighbours."""
        while True:
            try:
                await self._commit(finished, turns, with_records=with_records)
                return
            except Exception as exc:
                if is_refusal(exc):
                    if not with_records:
                        raise
                    log.exception("settler.bug", extra={"jobs": [str(f.job.id) for f in finished]})
                    break
                log.warning("settler.unavailable", extra={"error": repr(exc)})
            await asyncio.sleep(RETRY_SECONDS)
        await self._isolate(finished, turns)

    async def _isolate(self, finished: Sequence[Settled], turns: Sequence[Turn]) -> None:
        if len(finished) > 1:
            middle = len(finished) // 2
            await self._settle(finished[:middle], turns)
            await self._settle(finished[middle:], [])
            return
        # What the attempt brought can't be written down. The job says so, and is tried again or fails, visibly.
        (lost,) = finished
        problem = Problem(error_class="internal_error", message="the outcome could not be recorded")
        outcome = (
            replace(lost.outcome, problem=problem)
            if isinstance(lost.outcome, Failed)
            else Retry(problem=problem, ambiguous=True, own=True)
        )
        settled = self._kinds[lost.job.kind].settle(
            lost.job, outcome, began=lost.started_at, ended=lost.finished_at
        )
        # What it means for its circuit may be what can't be written.
        await self._settle([settled], [], with_records=False)

    async def _commit(
        self, finished: Sequence[Settled], turns: Sequence[Turn], *, with_records: bool
    ) -> None:
        async with self._database.transaction(hot=True) as tx:
            settled = await self._ledger.settle(tx, finished)
            events = await write_records(tx, settled, self._kinds.values()) if with_records else []
            rows = write_events(tx, events)
            pauses = [*await self._pause(tx, settled), *await self._turn(tx, turns)]
        failpoint("settled")
        for turn in turns:
            self._board.forget(turn.scope)
        for pause in pauses:
            self._board.apply(pause)
        self._on_outbox(rows())
        for each in settled:
            self._on_settled(each)

    async def _pause(self, tx: Tx, settled: Sequence[Settled]) -> list[Pause]:
        holds = {
            (each.outcome.scope, each.outcome.reason): each.outcome
            for each in settled
            if isinstance(each.outcome, Held)
        }
        return [
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

    async def _turn(self, tx: Tx, turns: Sequence[Turn]) -> list[Pause]:
        """What attempts mean for circuits; of those to one scope the last counts."""
        pauses = []
        for turn in {turn.scope: turn for turn in turns}.values():
            if not turn.is_open:
                await lift(tx, turn.scope, reason=CIRCUIT_OPEN)
            elif turn.probed:
                pauses.append(await postpone_probe(tx, turn.probed, detail=turn.detail))
            else:
                pauses.append(await open_circuit(tx, turn.scope, detail=turn.detail))
        if tries := [one for turn in turns for one in turn.given_back]:
            await self._ledger.give_back(tx, tries)
        return [pause for pause in pauses if pause]

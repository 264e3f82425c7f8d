"""The worker: claims jobs, makes the attempts, and writes down how they ended."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from leadstream.failpoints import failpoint
from leadstream.jobs.circuit import Circuits
from leadstream.jobs.claimer import Batch, Claimer, owners_of
from leadstream.jobs.janitor import Janitor
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.lanes import Lanes
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import (
    Failed,
    Job,
    Outcome,
    Passed,
    Problem,
    Released,
    Retry,
    Settled,
    Succeeded,
)
from leadstream.jobs.settler import Settler
from leadstream.jobs.traced import traced_call
from leadstream.outbox import Row
from leadstream.pacing import first_of, rest_after
from leadstream.pauses import PauseBoard
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

# How long an idle worker waits before it looks again. Jobs of this process wake it at once; this is for retries that
# fall due and for jobs whose worker died.
POLL_SECONDS = 0.5
# Slots that become free together are filled by one claim.
COALESCE_SECONDS = 0.003
# Leases are renewed so often that one renewal may fail: an attempt that begins right after one has its whole lease.
RENEW_SHARE = 0.3


# A pause that the board knows of and the ledger does not is looked up again before the job is.
BEHIND = timedelta(seconds=1)


class Worker:
    """Runs all kinds of jobs of one service in this process."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        ledger: Ledger,
        board: PauseBoard,
        kinds: Sequence[JobKind],
        *,
        lease: timedelta,
        drain_timeout: timedelta,
        on_outbox: Callable[[Sequence[Row]], None] = lambda rows: None,
        on_settled: Callable[[Settled], None] = lambda settled: None,
    ) -> None:
        self._board = board
        self._ledger = ledger
        self._kinds = list(kinds)
        self._lease = lease
        self._drain_timeout = drain_timeout
        self._circuits = Circuits(board)
        self._on_settled = on_settled
        self._settler = Settler(
            database, ledger, board, self._kinds, on_outbox=on_outbox, on_settled=self._settled
        )
        self._wakes = {kind.name: asyncio.Event() for kind in self._kinds}
        self._lanes = {
            kind.name: Lanes(kind.concurrency, kind.lane_concurrency) for kind in self._kinds
        }
        self._claimers = {
            kind.name: Claimer(database, ledger, board, kind, lanes=self._lanes[kind.name])
            for kind in self._kinds
        }
        # Claimed and not settled yet.
        self._attempts: dict[asyncio.Task[bool | None], Sequence[Job]] = {}

    def wake(self, kinds: Collection[str] | None = None) -> None:
        """There are new jobs, of these kinds or of any: look now."""
        for kind in self._wakes if kinds is None else self._wakes.keys() & set(kinds):
            self._wakes[kind].set()

    def _settled(self, settled: Settled) -> None:
        if isinstance(settled.outcome, Passed):
            self.wake([settled.outcome.kind])
        self._on_settled(settled)

    def give_up(self, jobs: Sequence[Job], problem: Problem) -> None:
        """Settle jobs under a lease of this process as failed, without an attempt."""
        now = datetime.now(UTC)
        outcome = Failed(problem=problem, tried=False)
        kinds = {kind.name: kind for kind in self._kinds}
        for job in jobs:
            settled = kinds[job.kind].settle(job, outcome, began=now, ended=now)
            self._settler.put([settled])

    def janitor(self, *, on_expired: Callable[[str], None] = lambda kind: None) -> Janitor:
        """Who looks after the jobs that nobody works on."""
        return Janitor(
            self._ledger,
            self._board,
            self._kinds,
            lease=self._lease,
            give_up=self.give_up,
            on_expired=on_expired,
            on_jobs=self.wake,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what was begun, within the drain time, and return."""
        settler_stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._settler.run(settler_stop), name="settler")
            holding = [
                group.create_task(self._renew_leases(), name="leases"),
                group.create_task(self._ledger.presence.run(), name="presence"),
            ]
            async with asyncio.TaskGroup() as working:
                for kind in self._kinds:
                    working.create_task(self._run_kind(kind, stop), name=f"jobs:{kind.name}")
            await self._drain()
            settler_stop.set()
            for each in holding:
                each.cancel()

    async def _renew_leases(self) -> None:
        """A lease runs out on a worker that is gone, not on one whose attempt or whose Postgres takes its time."""
        share = self._lease.total_seconds() * RENEW_SHARE
        rest = share
        while True:
            await asyncio.sleep(rest)
            rest = share
            try:
                await self._ledger.renew([job for jobs in self._attempts.values() for job in jobs])
            except UNAVAILABLE as exc:
                # The janitors wait for this a little, once Postgres answers again.
                rest = min(share, POLL_SECONDS)
                log.warning("worker.renewal_failed", extra={"error": repr(exc)})

    async def _drain(self) -> None:
        """What does not end in time is abandoned: its lease runs out and another worker takes it."""
        if not self._attempts:
            return
        _, late = await asyncio.wait(self._attempts, timeout=self._drain_timeout.total_seconds())
        for attempt in late:
            attempt.cancel()
        if late:
            log.warning("worker.abandoned", extra={"attempts": len(late)})
            await asyncio.wait(late, timeout=1)

    async def _run_kind(self, kind: JobKind, stop: asyncio.Event) -> None:
        lanes, wake = self._lanes[kind.name], self._wakes[kind.name]
        while not stop.is_set():
            if lanes.free == 0:
                lanes.freed.clear()
                await first_of(lanes.freed, stop)
                await asyncio.sleep(COALESCE_SECONDS)
                continue
            wake.clear()
            started = time.monotonic()
            batches, wait = await self._claimers[kind.name].claim(lanes.free)
            for batch in batches:
                self._start(kind, batch)
            if batches and lanes.free:
                await rest_after(time.monotonic() - started)
            if wait:
                await first_of(wake, stop, timeout=min(wait, POLL_SECONDS))

    def _start(self, kind: JobKind, batch: Batch) -> None:
        lanes, lane = self._lanes[kind.name], batch.jobs[0].lane
        lanes.start(lane)
        failpoint("claimed")
        attempt = asyncio.create_task(self._attempt(kind, batch))
        self._attempts[attempt] = batch.jobs

        def ended(task: asyncio.Task[bool | None]) -> None:
            del self._attempts[task]
            # One that was cancelled, or failed by a bug of ours, says nothing of the lane.
            lanes.end(lane, well=None if task.cancelled() or task.exception() else task.result())
            if kind.lane_concurrency is not None:
                # The lane may have been passed over for being full.
                self._wakes[kind.name].set()

        attempt.add_done_callback(ended)

    async def _attempt(self, kind: JobKind, batch: Batch) -> bool | None:
        """Return once the outcomes are durable, with whether the lane has answered; None: it was not asked."""
        began = datetime.now(UTC)
        call = partial(self._call, probes=batch.probes)
        jobs, outcomes = await traced_call(call, kind, batch.jobs)
        failpoint("answer_received")
        scope, turn = kind.circuit_scope(jobs[0].lane), None
        if scope:
            tries = [(job.id, began, job.attempts + 1) for job in jobs]
            outcomes, turn = self._circuits.judge(scope, tries, outcomes, probed=batch.probes)
        pairs, ended = zip(jobs, outcomes, strict=True), datetime.now(UTC)
        settled = [kind.settle(job, outcome, began=began, ended=ended) for job, outcome in pairs]
        await self._settler.put(settled, turn)
        return answered_well(outcomes)

    async def _call(
        self, kind: JobKind, jobs: Sequence[Job], *, probes: UUID | None
    ) -> Sequence[Outcome]:
        job = jobs[0]
        # Asked again here, because a pause may have come between the claim and the call.
        if await self._is_held(kind, job, but=probes):
            self._board.look_again()
            return [Released(after=BEHIND)] * len(jobs)
        limit = min(kind.timeout, self._lease * 0.8).total_seconds()
        try:
            async with asyncio.timeout(limit):
                if kind.handler:
                    return [await kind.handler(job)]
                assert kind.group_handler is not None  # noqa: S101 - JobKind has one of the two
                return await kind.group_handler(jobs)
        except TimeoutError:
            problem = Problem(error_class="timeout", message=f"no end within {limit:.0f} s")
            outcome = Retry(problem=problem, ambiguous=True)
        except UNAVAILABLE as exc:
            problem = Problem(error_class="postgres_unavailable", message=type(exc).__name__)
            outcome = Retry(problem=problem, ambiguous=True, own=True, counts=False)
        except Exception as exc:
            log.exception("worker.bug", extra={"kind": kind.name, "job_id": str(job.id)})
            problem = Problem(error_class="internal_error", message=type(exc).__name__)
            outcome = Retry(problem=problem, ambiguous=True, own=True)
        return [outcome] * len(jobs)

    async def _is_held(self, kind: JobKind, job: Job, *, but: UUID | None) -> bool:
        scopes, board = kind.scopes_of(job), self._board
        if not board.held(scopes, but=but):
            return False
        try:
            owners = await owners_of(kind, board)
        except UNAVAILABLE:
            return True
        if owners is None or job.workspace_id not in owners:
            return True
        return board.held(scopes, but=but, other_key_at=kind.provider_scope) is not None


def answered_well(outcomes: Sequence[Outcome]) -> bool | None:
    """Whether the other side has answered, whatever it said; None where it was not asked."""
    tried = [each for each in outcomes if not isinstance(each, Released | Passed) or each.tried]
    if any(isinstance(each, Succeeded | Failed | Passed) for each in tried):
        return True
    return False if tried else None

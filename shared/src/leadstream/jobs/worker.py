"""The worker: claims jobs, makes the attempts, and writes down how they ended."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leadstream.failpoints import failpoint
from leadstream.jobs.breaker import Breaker
from leadstream.jobs.claimer import Claimer
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Finished, Job, Outcome, Problem, Released, Retry, Settled
from leadstream.jobs.settler import Settler
from leadstream.jobs.traced import traced_call
from leadstream.observability import tracing
from leadstream.pacing import rest_after
from leadstream.pauses import PauseBoard
from leadstream.postgres import UNAVAILABLE, Database

log = logging.getLogger(__name__)

# How long an idle worker waits before it looks again. Jobs of this process wake it at once; this is for retries that
# fall due and for jobs whose worker died.
POLL_SECONDS = 0.5
# Slots that become free together are filled by one claim.
COALESCE_SECONDS = 0.003
# At this share of its age a lease is renewed, so that one renewal may fail.
RENEW_SHARE = 1 / 3
RENEW_REST_SECONDS = 1.0


@dataclass(slots=True)
class _Held:
    """The jobs of an attempt, and when their lease is to be renewed (monotonic seconds)."""

    jobs: Sequence[Job]
    renew_at: float


@dataclass(slots=True)
class _Slots:
    """How many more attempts may run side by side."""

    free: int
    changed: asyncio.Event


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
        breaker: Breaker | None = None,
        on_outbox: Callable[[], None] = lambda: None,
        on_settled: Callable[[Settled], None] = lambda settled: None,
    ) -> None:
        self._board = board
        self._ledger = ledger
        self._kinds = list(kinds)
        self._lease = lease
        self._drain_timeout = drain_timeout
        self._breaker = breaker or Breaker()
        self._settler = Settler(
            database, ledger, board, self._kinds, on_outbox=on_outbox, on_settled=on_settled
        )
        self._wakes = {kind.name: asyncio.Event() for kind in self._kinds}
        self._busy: dict[str, Counter[str]] = {kind.name: Counter() for kind in self._kinds}
        self._claimers = {
            kind.name: Claimer(
                database, ledger, kind, self._claim_failed, busy=self._busy[kind.name]
            )
            for kind in self._kinds
        }
        # Claimed and not settled yet, with the time at which their leases are to be renewed.
        self._attempts: dict[asyncio.Task[None], _Held] = {}

    def wake(self, kinds: Collection[str] | None = None) -> None:
        """There are new jobs, of these kinds or of any: look now."""
        for kind in self._wakes if kinds is None else self._wakes.keys() & set(kinds):
            self._wakes[kind].set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what was begun, within the drain time, and return."""
        settler_stop = asyncio.Event()
        settler = asyncio.create_task(self._settler.run(settler_stop), name="settler")
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew_leases(), name="leases")
                async with asyncio.TaskGroup() as working:
                    for kind in self._kinds:
                        working.create_task(self._run_kind(kind, stop), name=f"jobs:{kind.name}")
                await self._drain()
                renewing.cancel()
        finally:
            settler_stop.set()
            await settler

    async def _renew_leases(self) -> None:
        """A lease runs out on a worker that is gone, not on one whose attempt or whose Postgres takes its time."""
        share = self._lease.total_seconds() * RENEW_SHARE
        while True:
            await asyncio.sleep(min(share / 2, RENEW_REST_SECONDS))
            now = time.monotonic()
            due = [each for each in self._attempts.values() if each.renew_at <= now]
            if not due:
                continue
            try:
                await self._ledger.renew([job for each in due for job in each.jobs])
            except UNAVAILABLE as exc:
                log.warning("worker.renewal_failed", extra={"error": repr(exc)})
                continue
            for each in due:
                each.renew_at = now + share

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
        slots = _Slots(kind.concurrency, asyncio.Event())
        wake = self._wakes[kind.name]
        while not stop.is_set():
            if slots.free == 0:
                slots.changed.clear()
                await _first(slots.changed, stop)
                await asyncio.sleep(COALESCE_SECONDS)
                continue
            wake.clear()
            started = time.monotonic()
            batches, wait = await self._claimers[kind.name].claim(slots.free)
            for batch in batches:
                self._start(kind, batch, slots)
            if batches and slots.free:
                await rest_after(time.monotonic() - started)
            if wait:
                await _first(wake, stop, timeout=min(wait, POLL_SECONDS))

    def _claim_failed(self, kind: JobKind, exc: BaseException) -> None:
        log.warning("worker.claim_failed", extra={"kind": kind.name, "error": repr(exc)})

    def _start(self, kind: JobKind, batch: Sequence[Job], slots: _Slots) -> None:
        busy, lane = self._busy[kind.name], batch[0].lane
        slots.free -= 1
        busy[lane] += 1
        failpoint("claimed")
        attempt = asyncio.create_task(self._attempt(kind, batch))
        renew_at = time.monotonic() + self._lease.total_seconds() * RENEW_SHARE
        self._attempts[attempt] = _Held(batch, renew_at)

        def ended(task: asyncio.Task[None]) -> None:
            del self._attempts[task]
            slots.free += 1
            busy[lane] -= 1
            if not busy[lane]:
                del busy[lane]
            if kind.lane_concurrency is not None:
                # The lane may have been passed over for being full.
                self._wakes[kind.name].set()
            slots.changed.set()

        attempt.add_done_callback(ended)

    async def _attempt(self, kind: JobKind, batch: Sequence[Job]) -> None:
        started_at = datetime.now(UTC)
        tracer = tracing.active()
        if tracer is None:
            outcomes = await self._call(kind, batch)
        else:
            batch, outcomes = await traced_call(tracer, self._call, kind, batch)
        failpoint("answer_received")
        finished_at = datetime.now(UTC)
        rest = self._note(kind, batch[0], outcomes)
        await self._settler.put(
            [
                Finished(
                    job=job,
                    outcome=outcome,
                    started_at=started_at,
                    finished_at=finished_at,
                    max_attempts=kind.max_attempts,
                    retry_after=_wait_after(kind, job, outcome),
                )
                for job, outcome in zip(batch, outcomes, strict=True)
            ],
            rest,
        )

    async def _call(self, kind: JobKind, batch: Sequence[Job]) -> Sequence[Outcome]:
        job = batch[0]
        # Asked again here, because a pause may have come between the claim and the call.
        if self._board.held([*kind.scopes, job.lane, f"workspace:{job.workspace_id}"]):
            return [Released()] * len(batch)
        limit = min(kind.timeout, self._lease * 0.8).total_seconds()
        try:
            async with asyncio.timeout(limit):
                if kind.handler:
                    return [await kind.handler(job)]
                assert kind.group_handler is not None  # noqa: S101 - JobKind has one of the two
                return await kind.group_handler(batch)
        except TimeoutError:
            problem = Problem(error_class="timeout", message=f"no end within {limit:.0f} s")
            return [Retry(problem=problem, ambiguous=True)] * len(batch)
        except Exception as exc:
            log.exception("worker.bug", extra={"kind": kind.name, "job_id": str(job.id)})
            problem = Problem(error_class="internal_error", message=type(exc).__name__)
            return [Retry(problem=problem, ambiguous=True)] * len(batch)

    def _note(
        self, kind: JobKind, job: Job, outcomes: Sequence[Outcome]
    ) -> tuple[str, timedelta] | None:
        """Tell the breaker; return the scope that must rest, and for how long."""
        if all(isinstance(outcome, Released) for outcome in outcomes):
            return None
        failed = all(isinstance(outcome, Retry) for outcome in outcomes)
        scope = kind.breaker_scope(job.lane)
        rest = self._breaker.note(scope, failed=failed)
        return (scope, rest) if rest else None


def _wait_after(kind: JobKind, job: Job, outcome: Outcome) -> timedelta:
    if isinstance(outcome, Retry):
        return kind.backoff.delay(job.attempts + 1, at_least=outcome.after)
    return outcome.after if isinstance(outcome, Released) else timedelta(0)


async def _first(*events: asyncio.Event, timeout: float | None = None) -> None:  # noqa: ASYNC109
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()

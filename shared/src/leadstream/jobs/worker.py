"""The worker: claims jobs, makes the attempts, and writes down how they ended."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from leadstream.failpoints import failpoint
from leadstream.jobs.adding import Adding, Reservation
from leadstream.jobs.circuit import Circuits
from leadstream.jobs.claimer import Batch, Share, owners_of
from leadstream.jobs.desk import Desk
from leadstream.jobs.janitor import Janitor
from leadstream.jobs.kinds import JobKind
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
from leadstream.pacing import a_round, first_of, rest_after
from leadstream.pauses import PauseBoard
from leadstream.postgres import UNAVAILABLE, Database, is_undone

log = logging.getLogger(__name__)

# How long an idle worker waits before it looks again. Jobs of this process wake it at once; this is for retries that
# fall due and for jobs whose worker died.
POLL_SECONDS = 0.5
# Slots that become free together are filled by one claim.
COALESCE_SECONDS = 0.003
# Of a round of the event loop, of which an attempt takes some thirty. Where rounds take longer there is no processor
# for more attempts, and beside more each would only take longer: until they end by their time limits, and what was
# paid for is paid for again. So many as end in a round begin in one.
LATE_SECONDS = 0.1
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
        self._desks = {kind.name: Desk(database, ledger, board, kind) for kind in self._kinds}
        self._is_working = False
        self._reservations: set[Reservation] = set()
        self._all_added = asyncio.Event()
        # Leased and not settled yet.
        self._attempts: dict[asyncio.Task[Any], Sequence[Job]] = {}

    def wake(self, kinds: Collection[str] | None = None) -> None:
        """There are new jobs, of these kinds or of any: look now."""
        for kind in self._desks if kinds is None else self._desks.keys() & set(kinds):
            self._desks[kind].wake.set()

    @contextmanager
    def adding(self) -> Iterator[Adding]:
        """Around a transaction that adds jobs: those that need not wait begin here, right after its commit.

        Of a transaction that did not come to its end nobody may know whether it was committed. What it may have added
        is handed back: where it was not, there is nothing to hand back, and that is all.
        """
        reservation = Reservation(self._ledger, self._desks.values())
        self._reservations.add(reservation)
        try:
            yield reservation
        except BaseException as fault:
            self._cancel(reservation, is_undone=is_undone(fault))
            raise
        else:
            self._open(reservation)
        finally:
            self._reservations.discard(reservation)
            if not self._reservations:
                self._all_added.set()

    def _open(self, reservation: Reservation) -> None:
        if not self._is_working:
            self._cancel(reservation)
        else:
            for desk, shares in reservation.leased():
                opening = asyncio.create_task(self._open_desk(desk, shares))
                self._attempts[opening] = [job for _, jobs in shares for job in jobs]
                opening.add_done_callback(self._attempts.pop)
        self.wake(reservation.waiting)

    async def _open_desk(self, desk: Desk, shares: Sequence[tuple[Share, Sequence[Job]]]) -> None:
        opened = await desk.open(shares)
        for batch in opened.batches:
            self._start(desk, batch)
        self._let_go(desk, opened.left)

    def _cancel(self, reservation: Reservation, *, is_undone: bool = False) -> None:
        for desk, shares in reservation.perhaps_leased():
            for share, jobs in shares:
                desk.give_up(share)
                # Intake tries again twice a second: while a disk is full, these would pile up behind the settler.
                if not is_undone:
                    self._let_go(desk, jobs)

    def _let_go(self, desk: Desk, jobs: Sequence[Job]) -> None:
        """Hand jobs back that were not started."""
        if not jobs:
            return
        now = datetime.now(UTC)
        settled = [desk.kind.settle(job, Released(), began=now, ended=now) for job in jobs]
        self._settler.put(settled).add_done_callback(lambda _: desk.wake.set())

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
        self._is_working = True
        async with asyncio.TaskGroup() as group:
            group.create_task(self._settler.run(settler_stop), name="settler")
            holding = [
                group.create_task(self._renew_leases(), name="leases"),
                group.create_task(self._ledger.presence.run(), name="presence"),
            ]
            async with asyncio.TaskGroup() as working:
                for name, desk in self._desks.items():
                    working.create_task(self._run_desk(desk, stop), name=f"jobs:{name}")
            self._is_working = False
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
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_timeout.total_seconds()):
                while self._reservations:
                    self._all_added.clear()
                    await self._all_added.wait()
                while self._attempts:
                    await asyncio.wait(self._attempts)
        late = list(self._attempts)
        for attempt in late:
            attempt.cancel()
        if late:
            log.warning("worker.abandoned", extra={"attempts": len(late)})
            await asyncio.wait(late, timeout=1)

    async def _run_desk(self, desk: Desk, stop: asyncio.Event) -> None:
        lanes = desk.lanes
        while not stop.is_set():
            late = await a_round() if lanes.is_many else 0.0
            is_late = late > LATE_SECONDS
            if is_late:
                await first_of(stop, timeout=late)
            if lanes.free <= 0:
                lanes.freed.clear()
                await first_of(lanes.freed, stop)
                await asyncio.sleep(COALESCE_SECONDS)
                continue
            started = time.monotonic()
            batches, wait = await desk.claim(is_late=is_late)
            for batch in batches:
                self._start(desk, batch)
            if batches and lanes.free:
                await rest_after(time.monotonic() - started)
            if wait:
                await first_of(desk.wake, stop, timeout=min(wait, POLL_SECONDS))
        desk.close()

    def _start(self, desk: Desk, batch: Batch) -> None:
        """Make an attempt in a slot that is taken."""
        failpoint("claimed")
        attempt = asyncio.create_task(self._attempt(desk.kind, batch))
        self._attempts[attempt] = batch.jobs

        def ended(task: asyncio.Task[bool | None]) -> None:
            del self._attempts[task]
            # One that was cancelled, or failed by a bug of ours, says nothing of the lane.
            well = None if task.cancelled() or task.exception() else task.result()
            desk.end(batch.lane, well=well)

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
        # Asked again here, because a pause may have come between the claim and the call.
        held = {job.id for job in jobs if await self._is_held(kind, job, but=probes)}
        if not held:
            return await self._try(kind, jobs)
        self._board.look_again()
        free = [job for job in jobs if job.id not in held]
        tried = iter(await self._try(kind, free) if free else ())
        return [Released(after=BEHIND) if job.id in held else next(tried) for job in jobs]

    async def _try(self, kind: JobKind, jobs: Sequence[Job]) -> Sequence[Outcome]:
        job = jobs[0]
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

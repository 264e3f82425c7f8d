"""Jobs that need not wait are added under a lease, and begin when their transaction is committed."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from leadstream.jobs.desk import Desk
from leadstream.jobs.kinds import Grouping, JobKind
from leadstream.jobs.lanes import FEW
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, NewJob, Outcome, Priority, Released, Settled, Succeeded
from leadstream.jobs.worker import Worker
from leadstream.pauses import PauseBoard, add_pause
from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit
from support.ledger import a_job, an_idle_worker, put, states, until, working

LONG = timedelta(hours=1)


class Gate:
    """A handler whose attempts end when it is opened."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.jobs: list[Job] = []
        self._opened = asyncio.Event()
        if is_open:
            self.open()

    def open(self) -> None:
        self._opened.set()

    async def __call__(self, job: Job) -> Outcome:
        self.jobs.append(job)
        await self._opened.wait()
        return Succeeded()

    async def of_group(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [await self(job) for job in jobs]


async def quiet(worker: Worker, kind: str = "work") -> None:
    """Until the worker has seen that nothing waits."""
    await until(lambda: worker._desks[kind]._is_quiet and not worker._desks[kind].wake.is_set())


async def add(database: Database, worker: Worker, jobs: Sequence[NewJob]) -> list[str]:
    """Add the jobs as the intake does, and return the state of each as it is written."""
    with worker.adding() as adding:
        async with database.transaction() as tx:
            adding.add(tx, jobs)
            rows = await tx.fetch("SELECT id, state FROM jobs")
    found = {row["id"]: row["state"] for row in rows}
    return [found[job.id] for job in jobs]


async def add_and_fail(
    database: Database, worker: Worker, jobs: Sequence[NewJob], *, commits: bool = False
) -> None:
    """As when the connection is cut: before the server has COMMIT, or before its answer to that is here."""
    with worker.adding() as adding:
        async with database.transaction() as tx:
            adding.add(tx, jobs)
            if not commits:
                raise ConnectionError
        raise ConnectionError


async def add_and_be_refused(database: Database, worker: Worker, jobs: Sequence[NewJob]) -> None:
    with worker.adding() as adding:
        async with database.transaction() as tx:
            adding.add(tx, jobs)
            tx.later("SELECT 1 / $1::integer", 0)


async def test_a_job_that_can_start_at_once_is_never_ready(database: Database) -> None:
    gate = Gate(is_open=True)
    new = a_job(payload={"score": "hot", "at": datetime(2026, 1, 2, tzinfo=UTC)})

    async with working(database, JobKind(name="work", handler=gate)) as worker:
        await until(lambda: worker._ledger.presence.number)
        await quiet(worker)
        assert await add(database, worker, [new]) == ["running"]
        await until(lambda: succeeded(database, 1))

    (job,) = gate.jobs
    (row,) = await database.pool.fetch("SELECT * FROM jobs")
    assert (job.id, job.kind, job.priority, job.lane) == (new.id, new.kind, new.priority, new.lane)
    assert (job.payload, job.created_at) == (row["payload"], row["created_at"])
    assert (job.attempts, job.lost) == (0, 0)


async def test_nothing_begins_before_the_commit(database: Database) -> None:
    gate = Gate(is_open=True)

    async with working(database, JobKind(name="work", handler=gate)) as worker:
        await quiet(worker)
        with worker.adding() as adding:
            async with database.transaction() as tx:
                adding.add(tx, [a_job()])
                # Long enough for an attempt, had one begun.
                await put(database, [a_job()])
                worker.wake()
                await until(lambda: succeeded(database, 1))
                assert len(gate.jobs) == 1
        await until(lambda: succeeded(database, 2))


async def test_what_is_rolled_back_keeps_no_slot(database: Database) -> None:
    gate = Gate()
    kind = JobKind(name="work", handler=gate, concurrency=2, lane_concurrency=1)

    async with working(database, kind) as worker:
        await quiet(worker)
        with pytest.raises(ConnectionError):
            await add_and_fail(database, worker, [a_job(lane=lane) for lane in "ab"])
        await quiet(worker)
        assert await add(database, worker, [a_job(lane=lane) for lane in "ab"]) == ["running"] * 2
        await until(lambda: len(gate.jobs) == 2)
        gate.open()

    assert await states(database) == {"succeeded": 2}


async def test_of_what_postgres_has_refused_nothing_is_handed_back(database: Database) -> None:
    """There is nothing; and while a disk is full, what is handed back twice a second would be kept for hours."""
    gate = Gate(is_open=True)

    async with working(database, JobKind(name="work", handler=gate)) as worker:
        await quiet(worker)
        for _ in range(3):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await add_and_be_refused(database, worker, [a_job()])
            assert not worker._settler._waiting
        await add(database, worker, [a_job()])
        await until(lambda: succeeded(database, 1))


async def test_what_was_committed_without_our_knowing_is_done_all_the_same(
    database: Database,
) -> None:
    gate, new = Gate(is_open=True), [a_job() for _ in range(3)]

    async with working(database, JobKind(name="work", handler=gate), lease=LONG) as worker:
        await quiet(worker)
        with pytest.raises(ConnectionError):
            await add_and_fail(database, worker, new, commits=True)
        # What the intake does next: the same batch.
        await add(database, worker, new)
        await until(lambda: succeeded(database, 3))

    assert len(gate.jobs) == 3
    assert {job.lost for job in gate.jobs} == {0}


async def test_the_same_job_twice_in_a_batch_takes_one_slot(database: Database) -> None:
    gate = Gate()

    async with working(database, JobKind(name="work", handler=gate, concurrency=5)) as worker:
        await quiet(worker)
        first = [a_job(number=1), a_job(number=1), a_job(number=2)]
        assert await add(database, worker, first) == ["running"] * 3
        await until(lambda: len(gate.jobs) == 2)
        # And one that is there already takes none.
        again = [a_job(number=1), a_job(number=3)]
        assert await add(database, worker, again) == ["running"] * 2
        await until(lambda: len(gate.jobs) == 3)
        assert worker._desks["work"].lanes.free == 2
        gate.open()

    assert await states(database) == {"succeeded": 3}


async def test_of_more_than_there_are_slots_the_hot_ones_begin(database: Database) -> None:
    gate = Gate()
    new = [a_job(priority=each) for each in (Priority.COLD, Priority.HOT, Priority.WARM)]

    async with working(database, JobKind(name="work", handler=gate, concurrency=2)) as worker:
        await quiet(worker)
        assert await add(database, worker, new) == ["ready", "running", "running"]
        # And what comes then waits behind them.
        assert await add(database, worker, [a_job(priority=Priority.HOT)]) == ["ready"]
        gate.open()
        await until(lambda: succeeded(database, 4))

    assert [job.priority for job in gate.jobs[2:]] == [Priority.HOT, Priority.COLD]


async def test_lanes_take_turns_here_too(database: Database) -> None:
    gate = Gate()
    lanes = ["workspace:large"] * 8 + ["workspace:small"] * 2

    async with working(database, JobKind(name="work", handler=gate, concurrency=4)) as worker:
        await quiet(worker)
        await add(database, worker, [a_job(lane=lane) for lane in lanes])
        await until(lambda: len(gate.jobs) == 4)
        assert sorted(job.lane for job in gate.jobs) == [*lanes[:2], *lanes[-2:]]
        gate.open()
        await until(lambda: succeeded(database, 10))


async def test_nothing_goes_before_what_waits(database: Database) -> None:
    gate = Gate()
    kind = JobKind(name="work", handler=gate, concurrency=1)

    async with working(database, kind) as worker:
        await quiet(worker)
        await add(database, worker, [a_job()])
        await until(lambda: gate.jobs)
        await put(database, [(first := a_job())])
        worker.wake()
        assert await add(database, worker, [(second := a_job())]) == ["ready"]
        gate.open()
        await until(lambda: succeeded(database, 3))

    assert [job.id for job in gate.jobs[1:]] == [first.id, second.id]


async def test_a_lane_gets_no_more_than_its_share(database: Database) -> None:
    gate = Gate()
    kind = JobKind(name="work", handler=gate, lane_concurrency=5)
    new = [a_job(lane="destination:x"), a_job(lane="destination:x"), a_job(lane="destination:y")]

    async with working(database, kind) as worker:
        await quiet(worker)
        assert await add(database, worker, new) == ["running", "ready", "running"]
        gate.open()
        await until(lambda: succeeded(database, 3))


async def test_a_pause_that_the_board_has_not_heard_of_holds(database: Database) -> None:
    gate = Gate()

    async with working(database, JobKind(name="work", handler=gate)) as worker:
        await quiet(worker)
        with worker.adding() as adding:
            async with database.transaction() as tx:
                await add_pause(tx, "workspace:a", reason="test", actor="tester")
                adding.add(tx, [a_job(lane="workspace:a")])
        assert await states(database) == {"ready": 1}

    assert gate.jobs == []


async def test_what_is_held_or_is_for_later_waits(database: Database) -> None:
    gate = Gate(is_open=True)
    async with database.transaction() as tx:
        await add_pause(tx, "workspace:a", reason="test", actor="tester")
    later = NewJob(
        id=a_job().id,
        kind="work",
        priority=Priority.HOT,
        lane="workspace:b",
        payload={},
        run_at=datetime.now(UTC) + LONG,
    )

    async with working(database, JobKind(name="work", handler=gate)) as worker:
        await quiet(worker)
        await until(lambda: worker._board.held(["workspace:a"]))
        new = [a_job(lane="workspace:a"), later, a_job(lane="workspace:b")]
        assert await add(database, worker, new) == ["ready", "ready", "running"]
        await until(lambda: succeeded(database, 1, ready=2))


async def test_those_that_go_out_together_collect_as_before(database: Database) -> None:
    sizes: list[int] = []

    async def handle(jobs: Sequence[Job]) -> Sequence[Outcome]:
        sizes.append(len(jobs))
        return [Succeeded()] * len(jobs)

    async with working(database, grouped(handle, linger=LONG)) as worker:
        await quiet(worker)
        for _ in range(5):
            assert set(await add(database, worker, [a_job() for _ in range(20)])) == {"ready"}
        await until(lambda: succeeded(database, 100))

    assert sizes == [100]


async def test_groups_that_do_not_collect_begin_at_once(database: Database) -> None:
    sizes: list[int] = []

    async def handle(jobs: Sequence[Job]) -> Sequence[Outcome]:
        sizes.append(len(jobs))
        return [Succeeded()] * len(jobs)

    async with working(database, grouped(handle, linger=timedelta(0))) as worker:
        await quiet(worker)
        # How many of the lane go together is not known yet.
        await add(database, worker, [a_job()])
        await until(lambda: succeeded(database, 1))
        await quiet(worker)
        states = await add(database, worker, [a_job() for _ in range(250)])
        await until(lambda: succeeded(database, 251))

    # One begins, so that it can be seen how that goes, and then the others.
    assert Counter(states) == {"running": 100, "ready": 150}
    assert sizes == [1, 100, 100, 50]


async def test_one_that_fills_a_group_by_itself_waits_for_no_other(database: Database) -> None:
    gate = Gate(is_open=True)

    async def alone(lane: str) -> int:
        return 1

    grouping = Grouping(size=alone, linger=LONG, largest=100)
    kind = JobKind(name="work", group_handler=gate.of_group, grouping=grouping)

    async with working(database, kind) as worker:
        await quiet(worker)
        # How many of the lane go together is not known yet.
        assert await add(database, worker, [a_job()]) == ["ready"]
        await until(lambda: succeeded(database, 1))
        await quiet(worker)
        assert await add(database, worker, [a_job()]) == ["running"]
        await until(lambda: succeeded(database, 2))


async def test_more_than_the_pace_allows_is_handed_back(database: Database) -> None:
    gate = Gate(is_open=True)
    rate = RateLimit(name="clay", per_second=0.001, burst=2)

    async with working(database, JobKind(name="work", handler=gate, rate=rate)) as worker:
        await quiet(worker)
        await add(database, worker, [a_job() for _ in range(5)])
        await until(lambda: succeeded(database, 2, ready=3))

    assert await database.pool.fetchval("SELECT max(lost) FROM jobs") == 0
    assert worker._desks["work"].lanes.running == 0


async def test_what_must_wait_for_the_pace_after_all_lets_nothing_go_before_it(
    database: Database, ledger: Ledger
) -> None:
    rate = RateLimit(name="clay", per_second=0.001, burst=2)
    desk = await a_desk(database, ledger, JobKind(name="work", handler=Gate(), rate=rate))
    jobs = [a_job() for _ in range(3)]
    shares = desk.reserve(jobs)

    opened = await desk.open([(share, await leased(database, ledger, jobs)) for share in shares])

    assert (len(opened.batches), len(opened.left)) == (2, 1)
    assert desk.reserve([a_job()]) == []


async def test_a_lane_that_got_no_slot_for_others_that_begin_nothing_is_looked_at(
    database: Database, ledger: Ledger
) -> None:
    kind = JobKind(name="work", handler=Gate(), lane_concurrency=5)
    desk = await a_desk(database, ledger, kind)
    (share,) = desk.reserve([a_job(lane="destination:x")])
    assert desk.lanes.room("destination:x", 1) == 0

    desk.give_up(share)

    assert desk.wake.is_set()


async def test_a_bug_in_what_sizes_groups_keeps_no_slot(database: Database, ledger: Ledger) -> None:
    async def size(lane: str) -> int:
        raise LookupError(lane)

    grouping = Grouping(size=size, linger=timedelta(0), largest=100)
    kind = JobKind(name="work", group_handler=Gate().of_group, grouping=grouping)
    desk = await a_desk(database, ledger, kind)
    jobs = [a_job() for _ in range(3)]
    shares = desk.reserve(jobs)

    opened = await desk.open([(share, await leased(database, ledger, jobs)) for share in shares])

    assert (len(opened.batches), len(opened.left)) == (0, 3)
    assert desk.lanes.running == 0


async def test_nothing_begins_with_its_commit_while_there_is_no_processor_for_it(
    database: Database, ledger: Ledger
) -> None:
    desk = await a_desk(database, ledger, JobKind(name="work", handler=Gate()))
    await desk.claim(is_late=True)
    while_late = desk.reserve([a_job()])
    await desk.claim()

    assert while_late == []
    assert len(desk.reserve([a_job()])) == 1


async def test_as_many_begin_with_a_commit_as_may_begin_together_and_the_hot_ones_first(
    database: Database, ledger: Ledger
) -> None:
    desk = await a_desk(database, ledger, JobKind(name="work", handler=Gate()))
    hot = [a_job(priority=Priority.HOT) for _ in range(FEW + 1)]

    shares = desk.reserve([a_job(), *hot, a_job(priority=Priority.COLD)])

    # One of the hot ones must wait, and nothing that is less urgent begins before it.
    assert [job.priority for share in shares for job in share.jobs] == [Priority.HOT] * FEW


async def a_desk(database: Database, ledger: Ledger, kind: JobKind) -> Desk:
    """One that has seen that nothing waits."""
    desk = Desk(database, ledger, PauseBoard(database), kind)
    await desk.claim()
    return desk


async def leased(database: Database, ledger: Ledger, jobs: Sequence[NewJob]) -> list[Job]:
    await put(database, jobs)
    return await ledger.claim("work", [(Priority.WARM, "workspace:a", len(jobs))])


async def test_a_worker_that_is_told_to_stop_hands_back_what_it_has_not_begun(
    database: Database,
) -> None:
    settled: list[Settled] = []
    gate = Gate()
    kind = JobKind(name="work", handler=gate)
    began, left = asyncio.Event(), asyncio.Event()

    async def add_slowly(worker: Worker) -> None:
        with worker.adding() as adding:
            async with database.transaction() as tx:
                adding.add(tx, [a_job()])
                began.set()
                await left.wait()

    async with working(database, kind, on_settled=settled.append) as worker:
        await quiet(worker)
        adding = asyncio.create_task(add_slowly(worker))
        await began.wait()
        stopping = asyncio.create_task(let_it_end(worker, left))
    await asyncio.gather(adding, stopping)

    assert gate.jobs == []
    assert [type(each.outcome) for each in settled] == [Released]
    assert await states(database) == {"ready": 1}


async def let_it_end(worker: Worker, left: asyncio.Event) -> None:
    await until(lambda: not worker._is_working)
    left.set()


async def test_a_worker_that_does_not_run_leaves_all_to_others(database: Database) -> None:
    worker = an_idle_worker(database, JobKind(name="work", handler=Gate()))

    assert await add(database, worker, [a_job()]) == ["ready"]


def grouped(handler: Callable[..., Any], *, linger: timedelta) -> JobKind:
    async def size(lane: str) -> int:
        return 100

    grouping = Grouping(size=size, linger=linger, largest=100)
    return JobKind(name="work", group_handler=handler, grouping=grouping)


async def succeeded(database: Database, count: int, **others: int) -> bool:
    return await states(database) == {"succeeded": count, **others}

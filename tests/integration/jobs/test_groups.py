import asyncio
from collections.abc import Sequence
from datetime import timedelta

from leadstream.jobs.kinds import Across, Grouping, JobKind
from leadstream.jobs.model import Job, NewJob, Outcome, Priority, Succeeded
from leadstream.pauses import add_pause
from leadstream.postgres import Database
from support.ledger import a_job, put, states, until, working


class Calls:
    """A group handler that remembers the sizes of its calls."""

    def __init__(self) -> None:
        self.lanes: list[str] = []
        self.sizes: list[int] = []

    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        assert len({(job.lane, job.priority) for job in jobs}) == 1
        self.lanes.append(jobs[0].lane)
        self.sizes.append(len(jobs))
        return [Succeeded()] * len(jobs)


def grouped(calls: Calls, *, size: int = 100, linger: float = 0.5) -> JobKind:
    async def of_lane(lane: str) -> int:
        return size

    grouping = Grouping(size=of_lane, linger=timedelta(seconds=linger), largest=200)
    return JobKind(name="work", group_handler=calls, grouping=grouping, concurrency=4)


async def succeeded(database: Database, count: int) -> bool:
    return await states(database) == {"succeeded": count}


async def test_b32_500_jobs_inside_the_linger_time_are_five_calls(database: Database) -> None:
    calls = Calls()

    async with working(database, grouped(calls, linger=60)) as worker:
        for _ in range(10):
            await put(database, [a_job(lane="connection:x") for _ in range(50)])
            worker.wake()
            await asyncio.sleep(0.05)
        await until(lambda: succeeded(database, 500))

    assert calls.sizes == [100] * 5


async def test_b32_hot_and_warm_never_share_a_call(database: Database) -> None:
    calls = Calls()

    async with working(database, grouped(calls, linger=60)) as worker:
        for _ in range(10):
            hot = [a_job(lane="connection:x", priority=Priority.HOT) for _ in range(20)]
            await put(database, [*hot, *(a_job(lane="connection:x") for _ in range(30))])
            worker.wake()
            await asyncio.sleep(0.05)
        await until(lambda: succeeded(database, 500))

    assert calls.sizes == [100] * 5


async def test_a_short_group_goes_out_after_the_linger_time(database: Database) -> None:
    calls = Calls()
    loop = asyncio.get_running_loop()
    put_at = loop.time()
    await put(database, [a_job(lane="connection:x") for _ in range(7)])

    async with working(database, grouped(calls, linger=0.3)):
        await until(lambda: succeeded(database, 7))

    assert loop.time() - put_at >= 0.3
    assert calls.sizes == [7]


async def test_groups_are_of_one_lane_and_hot_goes_first(database: Database) -> None:
    calls = Calls()
    await put(database, [a_job(lane="connection:a", priority=Priority.COLD) for _ in range(3)])
    await put(database, [a_job(lane="connection:b", priority=Priority.HOT) for _ in range(3)])

    async with working(database, grouped(calls, linger=0)):
        await until(lambda: succeeded(database, 6))

    assert calls.lanes == ["connection:b", "connection:a"]


async def test_full_groups_of_one_lane_run_side_by_side(database: Database) -> None:
    calls, at_once = Calls(), asyncio.Barrier(4)

    async def meet(jobs: Sequence[Job]) -> Sequence[Outcome]:
        await at_once.wait()
        return await calls(jobs)

    async def one(lane: str) -> int:
        return 1

    grouping = Grouping(size=one, linger=timedelta(seconds=60), largest=200)
    kind = JobKind(name="work", group_handler=meet, grouping=grouping, concurrency=4)
    await put(database, [a_job(lane="connection:x") for _ in range(8)])

    async with working(database, kind):
        await until(lambda: succeeded(database, 8))

    assert calls.sizes == [1] * 8


async def test_a_rest_that_makes_no_group_waits_for_more(database: Database) -> None:
    calls = Calls()
    await put(database, [a_job(lane="connection:x") for _ in range(25)])

    async with working(database, grouped(calls, size=10, linger=60)):
        await until(lambda: _ready(database, 5))

    assert calls.sizes == [10, 10]


async def _ready(database: Database, count: int) -> bool:
    found = await states(database)
    return found == {"succeeded": 20, "ready": count}


class Mixed:
    """A group handler that remembers the lanes of its calls."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        assert len({job.priority for job in jobs}) == 1
        self.calls.append([job.lane for job in jobs])
        return [Succeeded()] * len(jobs)

    @property
    def sizes(self) -> list[int]:
        return [len(call) for call in self.calls]


def across(calls: Mixed, *, concurrency: int = 1) -> JobKind:
    return JobKind(name="work", group_handler=calls, grouping=Across(100), concurrency=concurrency)


def of_lanes(lanes: int, each: int, priority: Priority = Priority.WARM) -> list[NewJob]:
    return [
        a_job(lane=f"workspace:{lane:03}", priority=priority)
        for _ in range(each)
        for lane in range(lanes)
    ]


async def test_jobs_of_many_lanes_share_a_call(database: Database) -> None:
    calls = Mixed()
    await put(database, of_lanes(250, 2))

    async with working(database, across(calls)):
        await until(lambda: succeeded(database, 500))

    assert calls.sizes == [100] * 5


async def test_a_short_lane_goes_out_with_the_first_call_beside_a_long_one(
    database: Database,
) -> None:
    calls = Mixed()
    await put(database, [a_job(lane="workspace:long") for _ in range(400)])
    await put(database, of_lanes(3, 10))

    async with working(database, across(calls)):
        await until(lambda: succeeded(database, 430))

    assert len([lane for lane in calls.calls[0] if lane != "workspace:long"]) == 30
    assert sum(calls.sizes) == 430


async def test_a_call_across_lanes_is_of_one_priority_the_hottest_first(
    database: Database,
) -> None:
    calls = Mixed()
    await put(database, of_lanes(10, 3, Priority.COLD))
    await put(database, of_lanes(10, 3, Priority.HOT))

    async with working(database, across(calls)):
        await until(lambda: succeeded(database, 60))

    assert calls.sizes == [30, 30]


async def test_new_jobs_of_many_lanes_begin_in_one_call(database: Database) -> None:
    calls = Mixed()

    async with working(database, across(calls, concurrency=4)) as worker:
        # Once it has seen that nothing waits.
        await put(database, [a_job()])
        worker.wake()
        await until(lambda: succeeded(database, 1))
        await until(lambda: worker._desks["work"]._is_quiet)
        with worker.adding() as adding:
            async with database.transaction() as tx:
                adding.add(tx, of_lanes(50, 4))
        await until(lambda: succeeded(database, 201))

    assert calls.sizes == [1, 100, 100]


async def test_a_lane_that_is_held_keeps_no_other_from_its_call(database: Database) -> None:
    calls = Mixed()
    async with database.transaction() as tx:
        await add_pause(tx, "workspace:001", reason="test", actor="test")
    await put(database, of_lanes(3, 10))

    async with working(database, across(calls)):
        await until(lambda: _ready(database, 10))

    assert calls.sizes == [20]
    assert "workspace:001" not in calls.calls[0]

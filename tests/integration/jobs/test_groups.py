import asyncio
from collections.abc import Sequence
from datetime import timedelta

from leadstream.jobs.kinds import Grouping, JobKind
from leadstream.jobs.model import Job, Outcome, Priority, Succeeded
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

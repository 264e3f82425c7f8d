import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Held, Job, Outcome, Problem, Succeeded
from leadstream.pauses import add_pause
from leadstream.postgres import Database
from support.ledger import a_job, put, states, until, working


async def test_b36_a_destination_that_hangs_slows_nobody_else(database: Database) -> None:
    hanging = asyncio.Event()

    async def handler(job: Job) -> Outcome:
        if job.lane == "destination:dead":
            await hanging.wait()
        return Succeeded()

    await put(database, [a_job(lane="destination:dead") for _ in range(10)])
    await put(database, [a_job(lane=f"destination:{n % 5}") for n in range(200)])

    async with working(database, JobKind(name="work", handler=handler, concurrency=20)):
        await until(lambda: _done(database, 200), seconds=20)
        hanging.set()


async def test_i10_a_pause_stops_every_replica(database: Database) -> None:
    """How soon the boards hear of it is measured in test_board.py."""
    lasts = 6.0
    calls: list[datetime] = []

    async def handler(job: Job) -> Outcome:
        calls.append(datetime.now(UTC))
        number = len(calls)
        # Fifteen at a time: four seconds' work, so that whoever does not stop is still at it where none may be.
        await asyncio.sleep(0.05)
        if number == 100:
            until_then = datetime.now(UTC) + timedelta(seconds=lasts)
            problem = Problem(error_class="rate_limited", message="429", status_code=429)
            return Held(
                scope="provider:clay", reason="rate_limited", until=until_then, problem=problem
            )
        return Succeeded()

    kind = JobKind(name="work", handler=handler, concurrency=5, provider="clay")
    await put(database, [a_job() for _ in range(1200)])

    async with working(database, kind), working(database, kind), working(database, kind):
        await until(lambda: _done(database, 1200), seconds=60)

    told = calls[99]
    gap = [call for call in calls if lasts / 2 < (call - told).total_seconds() < lasts - 0.05]
    assert gap == []


async def test_a_pause_between_claim_and_call_is_obeyed(database: Database) -> None:
    started: list[str] = []
    release = asyncio.Event()
    workspace = uuid4()

    async def handler(job: Job) -> Outcome:
        started.append(job.lane)
        await release.wait()
        return Succeeded()

    async with working(database, JobKind(name="work", handler=handler, concurrency=1)) as worker:
        await put(database, [a_job(workspace_id=workspace) for _ in range(2)])
        worker.wake()
        await until(lambda: started)
        async with database.transaction() as tx:
            await add_pause(tx, f"workspace:{workspace}", reason="test", actor="tester")
        await asyncio.sleep(0.3)
        release.set()
        await until(lambda: _done(database, 1))
        await asyncio.sleep(0.7)

    assert len(started) == 1
    assert await states(database) == {"succeeded": 1, "ready": 1}


async def _done(database: Database, count: int) -> bool:
    return (await states(database)).get("succeeded") == count


async def test_i11_a_lane_that_hangs_takes_one_slot(database: Database) -> None:
    hanging = asyncio.Event()
    most = 0
    running = 0

    async def handler(job: Job) -> Outcome:
        nonlocal most, running
        if job.lane == "destination:dead":
            running += 1
            most = max(most, running)
            await hanging.wait()
            running -= 1
        return Succeeded()

    kind = JobKind(name="work", handler=handler, concurrency=20, lane_concurrency=5)
    await put(database, [a_job(lane="destination:dead") for _ in range(50)])

    async with working(database, kind) as worker:
        await until(lambda: running == 1)
        await put(database, [a_job(lane=f"destination:{n % 5}") for n in range(200)])
        worker.wake()
        await until(lambda: _done(database, 200), seconds=20)
        at_worst = most
        hanging.set()
        await until(lambda: _done(database, 250))

    assert at_worst == 1

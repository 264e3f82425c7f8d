"""A process that gets too little of a processor has few attempts under way, so that each ends in good time."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from leadstream.jobs.kinds import Across, Grouping, JobKind
from leadstream.jobs.lanes import FEW
from leadstream.jobs.model import Job, Outcome, Succeeded
from leadstream.postgres import Database
from support.ledger import a_job, put, states, until, working

MANY = 200


class Hungry:
    """An attempt takes several rounds of the event loop, and of the processor in each."""

    def __init__(self, seconds: float, *, turns: int = 10) -> None:
        self.most = 0
        self._seconds = seconds
        self._turns = turns
        self._running = 0

    async def __call__(self, job: Job) -> Outcome:
        self._running += 1
        self.most = max(self.most, self._running)
        for _ in range(self._turns):
            ends = time.monotonic() + self._seconds
            while time.monotonic() < ends:
                pass
            await asyncio.sleep(0)
        self._running -= 1
        return Succeeded()

    async def of_group(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [await self(jobs[0])] * len(jobs)


async def _ten(lane: str) -> int:
    return 10


async def _work_off(database: Database, kind: JobKind) -> None:
    await put(database, [a_job(lane=f"workspace:{n % 20}") for n in range(MANY)])
    async with working(database, kind):
        await until(lambda: _done(database))


async def _done(database: Database) -> bool:
    return await states(database) == {"succeeded": MANY}


async def test_no_more_attempts_are_begun_than_there_is_a_processor_for(database: Database) -> None:
    # Beside fifty a round takes longer than may be.
    hungry = Hungry(0.0022)

    await _work_off(database, JobKind(name="work", handler=hungry, concurrency=MANY))

    assert hungry.most < 4 * FEW


@pytest.mark.parametrize(
    "grouping",
    [Across(largest=10), Grouping(size=_ten, linger=timedelta(0), largest=10)],
    ids=["of any lane", "of one lane"],
)
async def test_nor_more_groups(database: Database, grouping: Across | Grouping) -> None:
    hungry = Hungry(0.015, turns=20)
    kind = JobKind(name="work", group_handler=hungry.of_group, grouping=grouping, concurrency=MANY)

    await _work_off(database, kind)

    assert hungry.most < MANY // 10


async def test_a_few_are_begun_however_long_that_takes(database: Database) -> None:
    hungry = Hungry(0.005)

    await _work_off(database, JobKind(name="work", handler=hungry, concurrency=FEW))

    assert hungry.most >= FEW - 1


async def test_as_many_as_there_are_slots_are_begun_where_there_is_room(
    database: Database,
) -> None:
    release, running = asyncio.Event(), 0

    async def handler(job: Job) -> Outcome:
        nonlocal running
        running += 1
        await release.wait()
        return Succeeded()

    kind = JobKind(name="work", handler=handler, concurrency=MANY)
    await put(database, [a_job() for _ in range(MANY)])
    async with working(database, kind):
        await until(lambda: running == MANY)
        release.set()
        await until(lambda: _done(database))

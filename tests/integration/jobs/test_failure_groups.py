"""Failed jobs know the group of their failure, however and whenever they failed."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadstream.jobs.failures import failure_key
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Failed, Job, Outcome, Problem, Succeeded
from leadstream.postgres import Database
from support.ledger import a_job, put, states, until, working


def said(number: int) -> Problem:
    return Problem(error_class="rejected", message=f"row {number} is no good", status_code=422)


GROUP = failure_key("work", "rejected", 422, "row 1 is no good")


async def row(database: Database, job_id: UUID) -> Any:
    found = await database.pool.fetchrow(
        "SELECT error_class, status_code, failure FROM jobs WHERE id = $1", job_id
    )
    assert found is not None
    return found


async def are(database: Database, **wanted: int) -> bool:
    return await states(database) == wanted


def kind_that(*outcomes: Outcome) -> JobKind:
    left = list(outcomes)

    async def handle(job: Job) -> Outcome:
        return left.pop(0)

    return JobKind(name="work", handler=handle, concurrency=1)


async def test_jobs_that_fail_alike_are_of_one_group(database: Database) -> None:
    jobs = [a_job(), a_job()]
    await put(database, jobs)

    async with working(database, kind_that(Failed(problem=said(7)), Failed(problem=said(8)))):
        await until(lambda: are(database, failed=2))

    for job in jobs:
        assert tuple(await row(database, job.id)) == ("rejected", 422, GROUP)


async def test_a_job_that_is_well_again_is_of_no_group(database: Database) -> None:
    job = a_job()
    await put(database, [job])

    async with working(database, kind_that(Failed(problem=said(7)), Succeeded())):
        await until(lambda: are(database, failed=1))
        await database.pool.execute("UPDATE jobs SET state = 'ready', finished_at = NULL")
        await until(lambda: are(database, succeeded=1))

    assert (await row(database, job.id))["failure"] is None


async def test_jobs_that_failed_before_the_upgrade_get_their_group(
    database: Database, ledger: Ledger
) -> None:
    tried, untried, done = a_job(), a_job(), a_job()
    await put(database, [tried, untried, done])
    await database.pool.execute("UPDATE jobs SET state = 'succeeded' WHERE id = $1", done.id)
    await database.pool.execute(
        "UPDATE jobs SET state = 'failed', last_error = 'row 9 is no good', finished_at = now() WHERE id <> $1",
        done.id,
    )
    await database.pool.executemany(
        "INSERT INTO job_attempts (job_id, number, outcome, error_class, status_code, started_at, finished_at)"
        " VALUES ($1, $2, $3, $4, $5, now(), now())",
        [(tried.id, 1, "retry", "not_sent", None), (tried.id, 2, "failed", "rejected", 422)],
    )

    given = await ledger.group_failed()
    again = await ledger.group_failed()

    assert (given, again) == (2, 0)
    expected: dict[UUID, tuple[Any, ...]] = {
        tried.id: ("rejected", 422, GROUP),
        untried.id: (None, None, failure_key("work", None, None, "row 1 is no good")),
        done.id: (None, None, None),
    }
    for job_id, columns in expected.items():
        assert tuple(await row(database, job_id)) == columns


async def test_a_running_process_gives_them(database: Database) -> None:
    job = a_job()
    await put(database, [job])
    await database.pool.execute("UPDATE jobs SET state = 'failed', finished_at = now()")

    async def has_group() -> bool:
        return (await row(database, job.id))["failure"] is not None

    stop = asyncio.Event()
    async with working(database, kind_that(), lease=timedelta(seconds=1)) as worker:
        janitor = asyncio.create_task(worker.janitor().run(stop))
        await until(has_group)
        stop.set()
        await janitor

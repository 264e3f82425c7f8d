"""Jobs of a worker that is gone come back when its session is, not when their leases run out."""

import asyncio
from datetime import timedelta

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, Outcome, Priority, Succeeded
from leadstream.postgres import Database
from support.ledger import a_job, an_idle_worker, put, states, until, working

LONG = timedelta(hours=1)


async def succeed(job: Job) -> Outcome:
    return Succeeded()


async def lost_worker(database: Database, jobs: int) -> None:
    """Claim, and die."""
    ledger = Ledger(database, lease=LONG)
    presence = asyncio.create_task(ledger.presence.run())
    await until(lambda: ledger.presence.number)
    assert len(await ledger.claim("work", [(Priority.WARM, "workspace:a", jobs)])) == jobs
    presence.cancel()
    await asyncio.wait([presence])


async def test_jobs_of_a_killed_worker_come_back_long_before_their_leases_end(
    database: Database,
) -> None:
    await put(database, [a_job() for _ in range(6000)])
    await lost_worker(database, 6000)
    kind = JobKind(name="work", handler=succeed, concurrency=200)

    async with working(database, kind, lease=LONG) as worker:
        stop = asyncio.Event()
        janitor = asyncio.create_task(worker.janitor().run(stop))
        await until(lambda: _succeeded(database, 6000))
        stop.set()
        await janitor

    assert await database.pool.fetchval("SELECT max(lost) FROM jobs") == 1


async def test_a_worker_whose_session_was_cut_keeps_its_jobs(database: Database) -> None:
    release = asyncio.Event()
    calls = 0

    async def handler(job: Job) -> Outcome:
        nonlocal calls
        calls += 1
        await release.wait()
        return Succeeded()

    kind = JobKind(name="work", handler=handler)
    async with working(database, kind, lease=LONG) as worker:
        ledger = worker._ledger
        await until(lambda: ledger.presence.number)
        before = ledger.presence.number
        await put(database, [a_job() for _ in range(5)])
        worker.wake()
        await until(lambda: calls == 5)
        other = an_idle_worker(database, kind, lease=LONG).janitor()
        await other.reclaim()
        await database.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
        await until(lambda: ledger.presence.number is None)
        await until(lambda: ledger.presence.number)
        await other.reclaim()
        release.set()
        await until(lambda: _succeeded(database, 5))

    assert ledger.presence.number is None or ledger.presence.number == before
    assert calls == 5
    assert await database.pool.fetchval("SELECT max(lost) FROM jobs") == 0


async def test_what_is_claimed_without_a_session_lock_waits_for_its_lease(
    database: Database,
) -> None:
    await put(database, [a_job()])
    ledger = Ledger(database, lease=LONG)
    await ledger.claim("work", [(Priority.WARM, "workspace:a", 1)])

    assert await ledger.owners_gone() == set()
    assert await states(database) == {"running": 1}


async def _succeeded(database: Database, count: int) -> bool:
    return await states(database) == {"succeeded": count}

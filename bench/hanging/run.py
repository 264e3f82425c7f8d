"""B9: what destinations that hang cost the others, of one worker with the slots that delivery gives to webhooks."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from bench.processes import Company, warn_of_company
from leadstream.ids import new_id
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger, add_jobs
from leadstream.jobs.model import Job, NewJob, Outcome, Priority, Succeeded
from leadstream.jobs.worker import Worker
from leadstream.pauses import PauseBoard
from leadstream.postgres import SHARED, Database, migrate
from leadstream_dev.postgres import PostgresServer

LANES = 50
HANGING = 10
# As delivery's kind for webhooks: slots in all, a destination's share, and the time that a receiver has.
CONCURRENCY = 200
SHARE = 20
TIMEOUT = timedelta(seconds=10)
ANSWER_SECONDS = 0.02
LEASE = timedelta(seconds=90)
ROUND_SECONDS = 30.0
# Of each lane.
JOBS_PER_SECOND = 4.0


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds from asking for a job of a healthy lane to its end, and the cores that others used meanwhile."""

    p50: float
    p99: float
    others: float


async def run(console: Console, *, rounds: int, seconds: float = ROUND_SECONDS) -> None:
    async with PostgresServer.temporary() as server:
        calm, held_up = [], []
        await migrate(server.url, schema="bench", packages=[SHARED])
        for _ in range(rounds):
            calm.append(await _round(server, hanging=0, seconds=seconds))
            held_up.append(await _round(server, hanging=HANGING, seconds=seconds))
    console.print(_table(calm, held_up))
    warn_of_company(console, (result.others for result in (*calm, *held_up)))


async def _round(server: PostgresServer, *, hanging: int, seconds: float) -> Result:
    database = await Database.connect(server.url, schema="bench")
    await database.pool.execute("TRUNCATE jobs, pauses CASCADE")
    ended: asyncio.Queue[float] = asyncio.Queue()
    company = Company()
    async with _working(database, ended) as worker:
        asked = await _ask(database, worker, hanging=hanging, seconds=seconds)
        waits = [await ended.get() for _ in range(asked * (LANES - hanging))]
    others = company.cores()
    await database.close()
    hundredths = quantiles(waits, n=100)
    return Result(median(waits) * 1000, hundredths[98] * 1000, others)


@asynccontextmanager
async def _working(database: Database, ended: asyncio.Queue[float]) -> AsyncIterator[Worker]:
    async def handler(job: Job) -> Outcome:
        if job.payload["hangs"]:
            await asyncio.sleep(LEASE.total_seconds())
        await asyncio.sleep(ANSWER_SECONDS)
        ended.put_nowait(time.time() - job.payload["asked_at"])
        return Succeeded()

    kind = JobKind(
        name="bench",
        handler=handler,
        concurrency=CONCURRENCY,
        lane_concurrency=SHARE,
        timeout=TIMEOUT,
    )
    board = PauseBoard(database)
    worker = Worker(
        database,
        Ledger(database, lease=LEASE),
        board,
        [kind],
        lease=LEASE,
        drain_timeout=timedelta(0),
    )
    stop = asyncio.Event()
    running = [asyncio.create_task(each.run(stop)) for each in (board, worker)]
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.gather(*running)


async def _ask(database: Database, worker: Worker, *, hanging: int, seconds: float) -> int:
    """Ask for a job of each lane at a steady pace, as an intake does; return how often."""
    started, asked = time.monotonic(), 0
    while asked < seconds * JOBS_PER_SECOND:
        await asyncio.sleep(max(0.0, started + asked / JOBS_PER_SECOND - time.monotonic()))
        async with database.transaction() as tx:
            add_jobs(tx, [_job(lane, hangs=lane < hanging) for lane in range(LANES)])
        worker.wake()
        asked += 1
    return asked


def _job(lane: int, *, hangs: bool) -> NewJob:
    return NewJob(
        id=new_id(),
        kind="bench",
        priority=Priority.WARM,
        lane=f"destination:{lane:03}",
        payload={"hangs": hangs, "asked_at": time.time()},
    )


def _table(calm: Sequence[Result], held_up: Sequence[Result]) -> Table:
    table = Table("", "p50", "p99", "others (cores)", title=f"{HANGING} of {LANES} destinations")
    for name, results in (("all answer", calm), ("hang", held_up)):
        table.add_row(
            name,
            f"{median(r.p50 for r in results):.1f} ms",
            f"{median(r.p99 for r in results):.1f} ms",
            f"{max(r.others for r in results):.2f}",
        )
    ratio = median(r.p99 for r in held_up) / median(r.p99 for r in calm)
    table.add_row("hang / all answer", "", f"{ratio:.2f} times", "")
    return table

"""Builders for tests of the job ledger and the worker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from leadstream.ids import derived_id, new_id
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger, add_jobs
from leadstream.jobs.model import NewJob, Priority, Settled
from leadstream.jobs.worker import Worker
from leadstream.pauses import PauseBoard
from leadstream.postgres import SHARED, Database, migrate

LEASE = timedelta(seconds=30)


@asynccontextmanager
async def migrated(url: str, schema: str = "core") -> AsyncIterator[Database]:
    await migrate(url, schema=schema, packages=[SHARED])
    database = await Database.connect(url, schema=schema, min_size=1, max_size=10)
    try:
        yield database
    finally:
        await database.close()


def a_job(
    kind: str = "work",
    *,
    number: int | None = None,
    lane: str = "workspace:a",
    priority: Priority = Priority.WARM,
    workspace_id: UUID | None = None,
    payload: dict[str, Any] | None = None,
) -> NewJob:
    return NewJob(
        id=new_id() if number is None else derived_id("test", kind, lane, number),
        kind=kind,
        priority=priority,
        lane=lane,
        payload=payload or {},
        workspace_id=workspace_id,
    )


async def put(database: Database, jobs: Sequence[NewJob]) -> None:
    async with database.transaction() as tx:
        add_jobs(tx, jobs)


async def states(database: Database) -> dict[str, int]:
    rows = await database.pool.fetch("SELECT state, count(*) AS n FROM jobs GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


async def until(condition: Callable[[], Any], *, seconds: float = 60) -> None:
    """Wait until the condition (a plain or an async callable) holds."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


def an_idle_worker(
    database: Database,
    *kinds: JobKind,
    ledger: Ledger | None = None,
    lease: timedelta = LEASE,
) -> Worker:
    """One that is not running: it leaves what is added for others."""
    return Worker(
        database,
        ledger or Ledger(database, lease=lease),
        PauseBoard(database),
        kinds,
        lease=lease,
        drain_timeout=timedelta(seconds=1),
    )


@asynccontextmanager
async def working(
    database: Database,
    *kinds: JobKind,
    lease: timedelta = LEASE,
    on_settled: Callable[[Settled], None] = lambda settled: None,
) -> AsyncIterator[Worker]:
    """A worker and its pause board, running until the block ends."""
    board = PauseBoard(database)
    ledger = Ledger(database, lease=lease)
    worker = Worker(
        database,
        ledger,
        board,
        kinds,
        lease=lease,
        drain_timeout=timedelta(seconds=5),
        on_settled=on_settled,
    )
    stop = asyncio.Event()
    following = asyncio.create_task(board.run(stop))
    running = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.gather(running, following)

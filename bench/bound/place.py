"""A provider, a database, and processes that call the one for what waits in the other."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from bench.bound.plan import KIND, SCHEMA, Plan
from bench.processes import running
from leadstream.ids import derived_id, new_id
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import NewJob, Priority
from leadstream.postgres import SHARED, Database, migrate
from leadstream_dev.home import Home
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.process import ChildProcess
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.waiting import until

WORKER, PEER = "bench.bound.worker", "bench.bound.peer"
LATENCY_SECONDS, JITTER_SECONDS = 0.2, 0.1
WORKSPACES = 20
CHUNK = 1_000
START_SECONDS = 60.0


class NotStartedError(Exception):
    """A process ended before it worked: there is nothing to measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    limit: float
    # Of one process.
    concurrency: int
    processes: int = 1
    module: str = WORKER

    @property
    def possible(self) -> float:
        """Calls a second: what the provider allows, or what there are slots for."""
        return min(self.limit, self.processes * self.concurrency / LATENCY_SECONDS)


@dataclass(slots=True)
class Place:
    home: Home
    folder: Path
    postgres: PostgresServer
    sandbox: Sandbox
    _cases: int = field(default=0)

    @asynccontextmanager
    async def set_up(self, case: Case) -> AsyncIterator["Crew"]:
        """An empty ledger and a provider's door of its own for each case."""
        self._cases += 1
        hook = f"bound-{self._cases}"
        database = await Database.connect(self.postgres.url, schema=SCHEMA)
        await database.pool.execute("TRUNCATE jobs, rate_limits CASCADE")
        plan = Plan(
            database=self.postgres.url,
            url=self.sandbox.hook_url(hook),
            limit=case.limit,
            concurrency=case.concurrency,
        )
        try:
            async with Crew(self, case, plan, hook, database) as crew:
                yield crew
        finally:
            await database.close()

    async def answer_slowly(self, *, refused: float) -> None:
        """As a provider does: after a while, and a part of the calls with 429."""
        await self.sandbox.control.behave(
            "hooks",
            latency={"seconds": LATENCY_SECONDS, "jitter": JITTER_SECONDS},
            errors={"rate": refused, "status": 429},
        )


class Crew:
    """The processes of a case. They end with the block."""

    def __init__(self, place: Place, case: Case, plan: Plan, hook: str, database: Database) -> None:
        self._place, self._case, self._plan, self._hook = place, case, plan, hook
        self.database = database
        self._stacks = [AsyncExitStack() for _ in range(case.processes)]

    async def start(self) -> None:
        for number in range(len(self._stacks)):
            await self._start(number)

    async def restart(self, number: int) -> None:
        """SIGTERM, wait for its end, and another in its place."""
        await self._stacks[number].aclose()
        await self._start(number)

    def calls(self) -> list[Entry]:
        return self._place.sandbox.ledger.entries(provider="hooks", hook=self._hook)

    async def _start(self, number: int) -> None:
        process = await self._stacks[number].enter_async_context(
            running(
                self._case.module,
                self._plan.argument(),
                environment={},
                log=self._place.folder / "logs" / f"{self._hook}-{number}-{uuid4()}.log",
                home=self._place.home,
            )
        )
        await until(lambda: _works(process) or not process.running, within=START_SECONDS)
        if not _works(process):
            raise NotStartedError(process.log_tail())

    async def __aenter__(self) -> "Crew":
        return self

    async def __aexit__(self, *_: object) -> None:
        for stack in self._stacks:
            await stack.aclose()


def _works(process: ChildProcess) -> bool:
    return process.running and "working" in process.log_tail()


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    home = Home.default()
    with TemporaryDirectory(prefix="leadstream-bench-") as folder:
        root = Path(folder)
        postgres = PostgresServer(data_dir=root / "postgres", home=home, durable=True)
        try:
            await postgres.start()
            await migrate(postgres.url, schema=SCHEMA, packages=[SHARED])
            async with Sandbox(root / "ledger.jsonl") as sandbox:
                yield Place(home, root, postgres, sandbox)
        finally:
            await postgres.stop()
            await postgres.remove()


def leads(
    count: int, *, priority: Priority = Priority.WARM, workspaces: int = WORKSPACES
) -> list[NewJob]:
    return [a_lead(priority, derived_id("bench-workspace", n % workspaces)) for n in range(count)]


def a_lead(priority: Priority, workspace: UUID) -> NewJob:
    return NewJob(
        id=new_id(),
        kind=KIND,
        priority=priority,
        lane=f"workspace:{workspace}",
        payload={},
        workspace_id=workspace,
    )


async def ask(database: Database, jobs: Sequence[NewJob]) -> None:
    """Put jobs into the ledger as an intake does."""
    for first in range(0, len(jobs), CHUNK):
        async with database.transaction() as tx:
            add_jobs(tx, jobs[first : first + CHUNK])

"""The service without Kafka: records in through its own intake, its worker until nothing is left to do, events out."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import httpx
import orjson

from leadstream.api import create_app
from leadstream.api.tokens import AdminToken
from leadstream.backoff import Backoff
from leadstream.clock import Clock, SystemClock
from leadstream.contracts import Record, decode
from leadstream.jobs.janitor import Janitor
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.worker import Worker
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.intake import Intake
from leadstream.observability.health import Health
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from leadstream.runtime import Parts, Resources
from leadstream.runtime.observed import observe_settled
from leadstream.runtime.routers import shared_routers
from platform_upload.bootstrap import SERVICE
from platform_upload.settings import Settings
from support.waiting import eventually

NO_KAFKA: Final = KafkaConfig(bootstrap_servers="127.0.0.1:1")
AT_ONCE: Final = Backoff(base=timedelta(0))

# Work that a worker would do now, or in a moment: due, and held by no pause.
_LEFT: Final = """
SELECT count(*) FROM jobs
 WHERE state = 'running'
    OR (state = 'ready' AND run_at <= now() + interval '2 seconds'
        AND NOT EXISTS (SELECT 1 FROM pauses
                         WHERE (until IS NULL OR until > now())
                           AND scope IN ('all', 'kind:' || jobs.kind, jobs.lane,
                                         'workspace:' || jobs.workspace_id::text)))
"""

_offsets = itertools.count()


@dataclass(slots=True)
class Replica:
    """One process of the service, as far as a test needs it."""

    settings: Settings
    database: Database
    parts: Parts
    board: PauseBoard
    wakes: list[Callable[[], None]] = field(default_factory=list)

    async def take(self, topic: str, *values: Any) -> None:
        """Put values (bytes as they are, anything else as JSON) through the service's own intake."""
        records = [
            Record(topic=topic, offset=next(_offsets), value=_bytes(value)) for value in values
        ]
        intake = Intake(
            self.database,
            self.board,
            NO_KAFKA,
            self.parts.handlers,
            service=SERVICE.name,
            adding=self.worker().adding,
        )
        await intake._store([(record, decode(record)) for record in records])
        self.wake()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker with what it needs beside it, running until the block ends."""
        worker = self.worker()
        janitor = worker.janitor()
        stop = asyncio.Event()
        self.wakes.append(worker.wake)
        running = [asyncio.create_task(each.run(stop)) for each in (self.board, janitor, worker)]
        try:
            yield
        finally:
            self.wakes.remove(worker.wake)
            stop.set()
            await asyncio.gather(*running)

    def worker(self) -> Worker:
        lease = self.settings.job_lease
        return Worker(
            self.database,
            Ledger(self.database, lease=lease),
            self.board,
            self.parts.kinds,
            lease=lease,
            drain_timeout=self.settings.drain_timeout,
            on_settled=observe_settled,
        )

    def janitor(self) -> Janitor:
        return self.worker().janitor()

    async def has_work(self) -> bool:
        return bool(await self.database.pool.fetchval(_LEFT))

    async def jobs(self, **wanted: Any) -> list[Any]:
        rows = await self.database.pool.fetch("SELECT * FROM jobs ORDER BY created_at, id")
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    async def attempts(self, job_id: Any) -> list[Any]:
        query = "SELECT * FROM job_attempts WHERE job_id = $1 ORDER BY number"
        return list(await self.database.pool.fetch(query, job_id))

    async def events(self, topic: str) -> list[Any]:
        """What waits in the outbox for a topic, in order."""
        return [orjson.loads(payload) for payload in await self.payloads(topic) if payload]

    async def payloads(self, topic: str) -> list[bytes | None]:
        query = "SELECT payload FROM outbox WHERE topic = $1 ORDER BY seq"
        return [row["payload"] for row in await self.database.pool.fetch(query, topic)]

    def http(
        self, *, tokens: Sequence[AdminToken] = (), token: str | None = None
    ) -> httpx.AsyncClient:
        """A client of the service's API; without tokens it calls as the person at this machine."""
        app = create_app(
            service=SERVICE.name,
            health=Health(),
            tokens=tokens,
            admin=[
                *shared_routers(self.database, self.wake, self.parts.kinds),
                *self.parts.routers,
            ],
            public=self.parts.public,
        )
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://127.0.0.1/api/admin",
            headers={"authorization": f"Bearer {token}"} if token else {},
        )

    def wake(self) -> None:
        for wake in self.wakes:
            wake()


@asynccontextmanager
async def replica(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Replica]:
    """Build the service as its process would, on a migrated database; its retries are due at once."""
    database = await Database.connect(
        settings.database_url.get_secret_value(), schema=SERVICE.package
    )
    board = PauseBoard(database)
    await board.refresh()
    made = Replica(settings, database, Parts(), board)
    resources = Resources(
        settings=settings,
        database=database,
        board=board,
        clock=clock or SystemClock(),
        kafka=NO_KAFKA,
        wake=made.wake,
    )
    parts = await SERVICE.build(resources)
    made.parts = replace(parts, kinds=[replace(kind, backoff=AT_ONCE) for kind in parts.kinds])
    try:
        yield made
    finally:
        for close in parts.close:
            await close()
        await database.close()


async def work(*replicas: Replica, within: float = 30.0) -> None:
    """Let the replicas work side by side until there is nothing left that can be done now."""

    async def done() -> bool:
        return not await replicas[0].has_work()

    async with AsyncExitStack() as stack:
        for each in replicas:
            await stack.enter_async_context(each.working())
        await eventually(done, "there is work left", within=within)


def _bytes(value: Any) -> bytes | None:
    return value if isinstance(value, bytes | None) else orjson.dumps(value)

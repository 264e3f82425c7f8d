"""Replicas of the service at work on one database, without Kafka: records in, attempts, events out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, Final

import httpx
import orjson

from enrichment.bootstrap import SERVICE
from enrichment.settings import Settings
from leadstream.api import create_app
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
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

AT_ONCE: Final = Backoff(base=timedelta(0))
NO_KAFKA: Final = KafkaConfig(bootstrap_servers="127.0.0.1:1")
_offsets = count()


def settings_for(url: str, sandbox: Sandbox, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "DATABASE_URL": url,
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "clay_api_url": sandbox.env()["CLAY_API_URL"],
        "clay_api_key": sandbox.env()["CLAY_API_KEY"],
        "clay_rate_per_second": 2000,
        "clay_burst": 2000,
        # Not shorter where no test wants it to: a busy machine takes its time, too.
        "clay_verification_timeout": 30,
        "hunter_verification_timeout": 30,
        **changes,
    }
    return Settings(_env_file=None, **given)


@dataclass(slots=True)
class Replica:
    """One process, as far as a test needs it."""

    settings: Settings
    database: Database
    parts: Parts
    board: PauseBoard
    worker: Worker
    janitor: Janitor
    http: httpx.AsyncClient
    intake: Intake

    async def take_in(self, topic: str, *values: Any) -> None:
        """Take records in as one batch: bytes as they are, anything else as JSON."""
        records = [Record(topic=topic, offset=next(_offsets), value=_raw(each)) for each in values]
        await self.intake._store([(record, decode(record)) for record in records])

    async def finish(self, *, seconds: float = 30) -> None:
        """Wait until every job has come to its end."""
        await self._wait("SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')", seconds)
        await eventually(self._has_counted, "an attempt has not ended")

    async def rest(self, *, seconds: float = 30) -> None:
        """Wait until nothing runs and all that is ready is held back."""
        held = """
            SELECT count(*) FROM jobs, LATERAL (
                SELECT 'provider:' || CASE kind WHEN 'enrich-lead' THEN 'clay'
                    ELSE replace(replace(kind, 'enrich-lead-', ''), '-', '_') END AS provider) AS p
             WHERE state = 'running'
                OR (state = 'ready' AND NOT EXISTS (
                    SELECT 1 FROM pauses
                     WHERE (until IS NULL OR until > now())
                       AND scope IN ('all', p.provider, p.provider || ':' || workspace_id, lane,
                                     'kind:' || jobs.kind, 'workspace:' || workspace_id)))
        """
        await self._wait(held, seconds)

    async def events(self, topic: str) -> list[Any]:
        """The values in the outbox, in their order; nothing takes them away."""
        rows = await self.rows(f"outbox WHERE topic = '{topic}' ORDER BY seq")
        return [orjson.loads(row["payload"]) for row in rows]

    async def rows(self, table: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.database.pool.fetch(f"SELECT * FROM {table}")]  # noqa: S608 - tables of this test

    async def attempts(self) -> list[str]:
        """Outcomes in the run history, oldest first."""
        rows = await self.rows("job_attempts ORDER BY finished_at, number")
        return [row["outcome"] for row in rows]

    async def _has_counted(self) -> bool:
        """Figures and log lines come after the commit, and before the attempt's end."""
        return not self.worker._attempts

    async def _wait(self, count: str, seconds: float) -> None:
        async def is_done() -> bool:
            return not await self.database.pool.fetchval(count)

        self.worker.wake()
        await eventually(is_done, "there is still something to do", within=seconds)


@asynccontextmanager
async def working(
    settings: Settings, *, clock: Clock | None = None, backoff: Backoff = AT_ONCE
) -> AsyncIterator[Replica]:
    """A replica with its worker, janitor, pauses and loops, until the block ends."""
    database = await Database.connect(
        settings.database_url.get_secret_value(), schema=SERVICE.package
    )
    board = PauseBoard(database)
    await board.refresh()
    wakes: list[Callable[[], None]] = []

    def wake() -> None:
        for each in wakes:
            each()

    parts = await _build(settings, database, board, clock or SystemClock(), wake, backoff)
    worker, janitor = _machinery(settings, database, board, parts)
    wakes.append(worker.wake)
    intake = Intake(
        database, board, NO_KAFKA, parts.handlers, service=SERVICE.name, adding=worker.adding
    )
    stop = asyncio.Event()
    loops = [board.run, janitor.run, worker.run, *parts.loops]
    running = [asyncio.ensure_future(loop(stop)) for loop in loops]
    try:
        async with _client(settings, database, parts, wake) as http:
            yield Replica(settings, database, parts, board, worker, janitor, http, intake)
    finally:
        stop.set()
        await asyncio.gather(*running)
        for close in parts.close:
            await close()
        await database.close()


async def _build(
    settings: Settings,
    database: Database,
    board: PauseBoard,
    clock: Clock,
    wake: Callable[[], None],
    backoff: Backoff,
) -> Parts:
    resources = Resources(
        settings=settings, database=database, board=board, clock=clock, kafka=NO_KAFKA, wake=wake
    )
    parts = await SERVICE.build(resources)
    return replace(parts, kinds=[replace(kind, backoff=backoff) for kind in parts.kinds])


def _machinery(
    settings: Settings, database: Database, board: PauseBoard, parts: Parts
) -> tuple[Worker, Janitor]:
    lease = settings.job_lease
    ledger = Ledger(database, lease=lease)
    worker = Worker(
        database,
        ledger,
        board,
        parts.kinds,
        lease=lease,
        drain_timeout=settings.drain_timeout,
        on_settled=observe_settled,
    )
    return worker, worker.janitor()


def _client(
    settings: Settings, database: Database, parts: Parts, wake: Callable[[], None]
) -> httpx.AsyncClient:
    """Without tokens in the settings it calls as the person at this machine."""
    routers: Sequence[Any] = [*shared_routers(database, wake, parts.kinds), *parts.routers]
    app = create_app(
        service=SERVICE.name,
        health=Health(),
        tokens=settings.admin_tokens,
        admin=routers,
        public=parts.public,
    )
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/admin")


def _raw(value: Any) -> bytes | None:
    return value if isinstance(value, bytes | None) else orjson.dumps(value)

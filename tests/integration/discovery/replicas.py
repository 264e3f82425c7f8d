"""Replicas of the service at work on one database, without Kafka: records in, attempts, events out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, Final

import httpx
import orjson

from discovery.bootstrap import SERVICE
from discovery.settings import Settings
from leadstream.api import create_app
from leadstream.backoff import Backoff
from leadstream.clock import Clock, SystemClock
from leadstream.contracts import Record, decode
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.worker import Worker
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.intake import Intake
from leadstream.observability.health import Health
from leadstream.pauses import PauseBoard, lift
from leadstream.postgres import Database
from leadstream.runtime import Parts, Resources
from leadstream.runtime.observed import observe_settled
from leadstream.runtime.routers import shared_routers
from support.waiting import eventually

AT_ONCE: Final = Backoff(base=timedelta(0))
NO_KAFKA: Final = KafkaConfig(bootstrap_servers="127.0.0.1:1")
_offsets = count()


@dataclass(slots=True)
class Replica:
    """One process, as far as a test needs it."""

    settings: Settings
    database: Database
    parts: Parts
    worker: Worker
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
        """Wait until nothing runs and a provider's pause holds what is left."""
        await self._wait(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'running')"
            " OR NOT EXISTS (SELECT 1 FROM pauses)",
            seconds,
        )

    async def _has_counted(self) -> bool:
        """Figures and log lines come after the commit, and before the attempt's end."""
        return not self.worker._attempts

    async def _wait(self, counted: str, seconds: float) -> None:
        async def is_done() -> bool:
            return not await self.database.pool.fetchval(counted)

        await eventually(is_done, "there are jobs left", within=seconds)

    async def lift(self, scope: str) -> None:
        async with self.database.transaction() as tx:
            await lift(tx, scope)

    async def rows(self, table: str, order: str = "1") -> list[dict[str, Any]]:
        found = await self.database.pool.fetch(f"SELECT * FROM {table} ORDER BY {order}")  # noqa: S608 - a test's own words
        return [dict(row) for row in found]

    async def events(self, topic: str | None = None) -> list[Any]:
        """The payloads in the outbox, in their order; nothing takes them away."""
        rows = await self.database.pool.fetch(
            "SELECT payload FROM outbox WHERE $1::text IS NULL OR topic = $1 ORDER BY seq", topic
        )
        return [orjson.loads(row["payload"]) for row in rows]


@asynccontextmanager
async def replica(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Replica]:
    """A replica with its own connections, as `build` makes it but for waits between attempts."""
    database = await Database.connect(settings.database_url.get_secret_value(), schema="discovery")
    board = PauseBoard(database)
    await board.refresh()
    worker: Worker | None = None

    def wake() -> None:
        if worker:
            worker.wake()

    resources = Resources(
        settings=settings,
        database=database,
        board=board,
        clock=clock or SystemClock(),
        kafka=NO_KAFKA,
        wake=wake,
    )
    parts = await SERVICE.build(resources)
    kinds = [replace(kind, backoff=AT_ONCE) for kind in parts.kinds]
    ledger = Ledger(database, lease=settings.job_lease)
    worker = Worker(
        database,
        ledger,
        board,
        kinds,
        lease=settings.job_lease,
        drain_timeout=settings.drain_timeout,
        on_settled=observe_settled,
    )
    janitor = worker.janitor()
    intake = Intake(
        database, board, NO_KAFKA, parts.handlers, service=SERVICE.name, adding=worker.adding
    )
    app = create_app(
        service=SERVICE.name,
        health=Health(),
        tokens=settings.admin_tokens,
        admin=[*shared_routers(database, wake, parts.kinds), *parts.routers],
        public=parts.public,
    )
    stop = asyncio.Event()
    loops: Sequence[Any] = [board.run, worker.run, janitor.run]
    tasks = [asyncio.create_task(loop(stop)) for loop in loops]
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1/api/admin"
        ) as http:
            yield Replica(settings, database, parts, worker, http, intake)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        for close in parts.close:
            await close()
        await database.close()


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else orjson.dumps(value)

"""A service's own parts on a real database, without Kafka: records in, attempts until nothing is left, events out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import httpx
import orjson

from leadstream.api import create_app
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
from leadstream.runtime.observed import observe_settled
from leadstream.runtime.routers import shared_routers
from leadstream.runtime.service import Parts, Resources, Service
from leadstream.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
NO_KAFKA = KafkaConfig(bootstrap_servers="127.0.0.1:1")


@dataclass(slots=True)
class Machine:
    """One replica. Several may share a database."""

    database: Database
    parts: Parts
    http: httpx.AsyncClient
    worker: Worker
    board: PauseBoard
    janitor: Janitor
    _intake: Intake
    _offsets: "count[int]" = field(default_factory=count)

    async def take_in(
        self, topic: str, *values: bytes, headers: Sequence[tuple[str, bytes | None]] = ()
    ) -> None:
        """Take records in as one batch, as the intake does; it commits no offset, because there is none."""
        records = [
            Record(topic=topic, offset=next(self._offsets), value=value, headers=headers)
            for value in values
        ]
        await self._intake._store([(record, decode(record)) for record in records])

    async def settle(self, *, seconds: float = 60) -> None:
        """Wait until no job is running or due; jobs that a pause holds, or that wait for a later time, stay."""
        self.worker.wake()
        async with asyncio.timeout(seconds):
            # Other replicas may do the work: only the table knows.
            while await self._busy():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def finish(self, *, seconds: float = 60) -> None:
        """Wait until every job has reached its end, and this replica has counted its own."""
        async with asyncio.timeout(seconds):
            while await self._unfinished():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)

    async def jobs(self) -> dict[str, int]:
        """How many jobs there are, by state."""
        rows = await self.database.pool.fetch("SELECT state, count(*) FROM jobs GROUP BY state")
        return {row["state"]: row["count"] for row in rows}

    async def events(self, topic: str | None = None) -> list[Any]:
        """The payloads in the outbox, in their order; nothing takes them away."""
        rows = await self.database.pool.fetch(
            "SELECT payload FROM outbox WHERE $1::text IS NULL OR topic = $1 ORDER BY seq", topic
        )
        return [orjson.loads(row["payload"]) for row in rows]

    async def _busy(self) -> bool:
        kinds = [kind.name for kind in self.parts.kinds]
        providers = [kind.provider for kind in self.parts.kinds]
        return bool(await self.database.pool.fetchval(_BUSY, kinds, providers))

    async def _unfinished(self) -> bool:
        # Asked last: figures come after the commit, and before the attempt's end.
        return bool(await self.database.pool.fetchval(_UNFINISHED) or self.worker._attempts)


_UNFINISHED = "SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')"
_BUSY = """
SELECT count(*) FROM jobs LEFT JOIN unnest($1::text[], $2::text[]) AS kinds (kind, provider) USING (kind)
 WHERE state = 'running'
    OR (state = 'ready' AND run_at <= now()
        AND NOT EXISTS (SELECT 1 FROM pauses
                         WHERE (until IS NULL OR until > now())
                           AND scope IN ('all', 'kind:' || kind, 'provider:' || provider, lane,
                                         'provider:' || provider || ':' || workspace_id::text,
                                         'workspace:' || workspace_id::text)))
"""


@asynccontextmanager
async def running(
    service: Service[S],
    settings: S,
    database: Database,
    *,
    clock: Clock | None = None,
    working: bool = True,
) -> AsyncIterator[Machine]:
    """A replica at work, until the block ends; or one that only takes in and serves, if not `working`."""
    board = PauseBoard(database)
    await board.refresh()
    wakes: list[Callable[[], None]] = []

    def wake() -> None:
        for each in wakes:
            each()

    resources = Resources(
        settings=settings,
        database=database,
        board=board,
        clock=clock or SystemClock(),
        kafka=NO_KAFKA,
        wake=wake,
    )
    parts = await service.build(resources)
    ledger = Ledger(database, lease=settings.job_lease)
    worker = Worker(
        database,
        ledger,
        board,
        parts.kinds,
        lease=settings.job_lease,
        drain_timeout=settings.drain_timeout,
        on_settled=observe_settled,
    )
    wakes.append(worker.wake)
    janitor = worker.janitor()
    intake = Intake(
        database, board, NO_KAFKA, parts.handlers, service=service.name, adding=worker.adding
    )
    app = create_app(
        service=service.name,
        health=Health(),
        tokens=settings.admin_tokens,
        admin=[*shared_routers(database, wake, parts.kinds), *parts.routers],
        public=parts.public,
    )
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    stop = asyncio.Event()
    loops = [board.run, worker.run, janitor.run, *parts.loops] if working else []
    tasks = [asyncio.ensure_future(loop(stop)) for loop in loops]
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield Machine(database, parts, http, worker, board, janitor, intake)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        for close in parts.close:
            await close()

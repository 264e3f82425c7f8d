"""Scheduler replicas on one database, each with its own clock."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson

from integration.api.frame import served
from leadstream.api import AdminToken, Role, create_app
from leadstream.kafka.client import KafkaConfig
from leadstream.observability import Health
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from leadstream.runtime import Parts, Resources
from scheduler.adapters.cron import CronsimCron
from scheduler.application.emit_ticks import EmitTicks
from scheduler.bootstrap import SERVICE
from scheduler.entrypoints.clock import ClockLoop
from scheduler.settings import Settings
from support.clock import FakeClock

ACME = UUID(int=1)
# A Tuesday evening.
EVENING = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Replica:
    """One process's worth of the scheduler; `look` is what its clock loop does twice a second."""

    database: Database
    clock: FakeClock
    parts: Parts
    loop: ClockLoop

    async def look(self) -> list[datetime]:
        return [tick.scheduled_for for tick in await self.loop.look()]

    async def look_at(self, now: datetime) -> list[datetime]:
        self.clock.advance(now - self.clock.now())
        return await self.look()


async def a_replica(database: Database, now: datetime = EVENING) -> Replica:
    clock = FakeClock(now)
    settings = Settings(
        _env_file=None,
        DATABASE_URL="postgresql://unused/db",
        kafka_bootstrap_servers="127.0.0.1:1",
    )
    resources = Resources(
        settings=settings,
        database=database,
        board=PauseBoard(database),
        clock=clock,
        kafka=KafkaConfig(bootstrap_servers="127.0.0.1:1"),
        wake=lambda: None,
    )
    loop = ClockLoop(database, EmitTicks(CronsimCron()), clock, interval=timedelta(milliseconds=10))
    return Replica(database, clock, await SERVICE.build(resources), loop)


@asynccontextmanager
async def over_http(replica: Replica) -> AsyncIterator[httpx.AsyncClient]:
    """The replica's routes in the app frame on a real socket, called as an operator."""
    tokens = [
        _token("operator", Role.OPERATOR),
        _token("viewer", Role.VIEWER),
        _token("acme", Role.ADMIN, ACME),
    ]
    app = create_app(
        service="scheduler", health=Health(), tokens=tokens, admin=replica.parts.routers
    )
    async with served(app) as client:
        client.base_url = client.base_url.join("/api/admin/")
        client.headers["authorization"] = "Bearer token-of-operator"
        yield client


def _token(name: str, role: Role, workspace: UUID | None = None) -> AdminToken:
    digest = hashlib.sha256(f"token-of-{name}".encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=role, workspace=workspace)


async def ticks(database: Database, schedule: str | None = None) -> list[datetime]:
    rows = await database.pool.fetch(
        "SELECT scheduled_for FROM ticks WHERE $1::text IS NULL OR schedule = $1"
        " ORDER BY scheduled_for",
        schedule,
    )
    return [row["scheduled_for"] for row in rows]


async def announced(database: Database, schedule: str | None = None) -> list[dict[str, Any]]:
    """What the outbox holds, as a consumer would read it."""
    rows = await database.pool.fetch(
        "SELECT payload FROM outbox WHERE topic = 'scheduler.tick'"
        " AND ($1::text IS NULL OR aggregateid = $1) ORDER BY seq",
        schedule,
    )
    return [orjson.loads(row["payload"]) for row in rows]


async def make_schedules(
    database: Database, now: datetime, schedules: Sequence[tuple[str, str, str, str]]
) -> None:
    """Schedules (name, cron, zone, catch-up) that are settled until `now`."""
    for name, cron, zone, catch_up in schedules:
        next_at = CronsimCron().next_times(cron, zone, after=now, count=1)[0]
        await database.pool.execute(
            "INSERT INTO schedules (name, id, cron, timezone, catch_up, settled_until, next_at)"
            " VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, $6)",
            name,
            cron,
            zone,
            catch_up,
            now,
            next_at,
        )

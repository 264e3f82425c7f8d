"""Services whose admin API is served on a real socket and a real Postgres."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from delivery.bootstrap import SERVICE as DELIVERY
from discovery.bootstrap import SERVICE as DISCOVERY
from enrichment.bootstrap import SERVICE as ENRICHMENT
from integration.api.frame import served
from leadstream.api import AdminToken, Role
from leadstream.clock import SystemClock
from leadstream.crypto import Keyring
from leadstream.ids import workspace_id
from leadstream.kafka.client import KafkaConfig
from leadstream.observability import Health
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, migrate
from leadstream.removal import Remover
from leadstream.runtime import Parts, Resources, Service
from leadstream.runtime.app import service_app
from platform_upload.bootstrap import SERVICE as PLATFORM_UPLOAD
from scheduler.bootstrap import SERVICE as SCHEDULER

SERVICES: dict[str, Service[Any]] = {
    each.name: each for each in (DISCOVERY, ENRICHMENT, DELIVERY, PLATFORM_UPLOAD, SCHEDULER)
}
ACME, GLOBEX = workspace_id("acme"), workspace_id("globex")
KEYS = Keyring.parse("k:" + "A" * 43 + "=")
SETTINGS: dict[str, Any] = {
    "database_url": "postgresql://x/y",
    "kafka_bootstrap_servers": "127.0.0.1:1",
    "encryption_keys": KEYS,
    "datashopper_api_url": "http://127.0.0.1:1",
    "datashopper_api_key": "key",
    "clay_api_url": "http://127.0.0.1:1",
    "clay_api_key": "key",
    "resend_api_key": "key",
    "resend_from": "a@b.example",
    "egress_allow": "127.0.0.0/8",
    "admin_changes_per_minute": 1_000_000,
}


@dataclass(frozen=True, slots=True)
class Served:
    database: Database
    parts: Parts
    http: httpx.AsyncClient

    @property
    def remover(self) -> Remover:
        return Remover(self.database, self.parts.holdings)

    async def rows_of(self, workspace: UUID) -> dict[str, int]:
        """What is left of a workspace, by table: of every table that knows workspaces."""
        tables = await self.database.pool.fetch(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attname = 'workspace_id'"
            " AND relname NOT IN ('audit_log', 'removals')"
        )
        counts = {
            table: await self.database.pool.fetchval(
                f"SELECT count(*) FROM {table} WHERE workspace_id = $1",  # noqa: S608
                workspace,
            )
            for (table,) in tables
        }
        return {table: count for table, count in counts.items() if count}

    async def audit(self, action: str) -> list[Any]:
        return list(
            await self.database.pool.fetch(
                "SELECT * FROM audit_log WHERE action = $1 ORDER BY at, id", action
            )
        )


def _token(name: str, role: Role, workspace: UUID | None = None) -> AdminToken:
    digest = hashlib.sha256(f"token-of-{name}".encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=role, workspace=workspace)


def by(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token-of-{name}"}


TOKENS = (
    _token("root", Role.ADMIN),
    _token("operator", Role.OPERATOR),
    _token("viewer", Role.VIEWER),
    _token("acme", Role.ADMIN, ACME),
    _token("acme-operator", Role.OPERATOR, ACME),
)


@asynccontextmanager
async def serving(name: str, url: str) -> AsyncIterator[Served]:
    service = SERVICES[name]
    await migrate(url, schema=service.package, packages=service.packages)
    database = await Database.connect(url, schema=service.package)
    given = {k: v for k, v in SETTINGS.items() if k in service.settings.model_fields}
    settings = service.settings(_env_file=None, admin_tokens=TOKENS, **given)
    board = PauseBoard(database)
    await board.refresh()
    resources = Resources(
        settings=settings,
        database=database,
        board=board,
        clock=SystemClock(),
        kafka=KafkaConfig(bootstrap_servers="127.0.0.1:1"),
        wake=lambda: None,
    )
    parts = await service.build(resources)
    app = service_app(name, settings, database, parts, health=Health(), wake=lambda: None)
    try:
        async with served(app) as client:
            client.base_url = client.base_url.join("/api/admin/")
            client.headers.update(by("root"))
            yield Served(database, parts, client)
    finally:
        for close in parts.close:
            await close()
        await database.close()

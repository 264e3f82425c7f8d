"""What happened, as the services' own tables have it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from leadstream.postgres import load_queries

SQL = load_queries("leadstream_dev.demo", "figures.sql")


@dataclass(frozen=True, slots=True)
class Runs:
    runs: int
    found: int
    created: int
    known: int
    rejected: int
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class Stages:
    """How far the leads are."""

    leads: int
    enriched: int
    delivered: int
    uploaded: int
    to_upload: int
    on_their_way: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything so far, by name."""

    scores: dict[str, int]
    enrichments: dict[str, int]
    credits: dict[str, int]
    deliveries: dict[str, int]
    # What was heard of each e-mail after Resend accepted it, by Resend's id.
    fates: dict[str, str]
    uploads: dict[str, int]
    uploads_by_adapter: dict[str, int]
    billing_events: int
    failed_deliveries: int
    failed_uploads: int


class Reader:
    """Reads all five schemas: something only a local stack can do, where they are in one database."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection

    async def runs(self, tick: UUID | None = None) -> Runs:
        row = await self._connection.fetchrow(SQL.runs, tick)
        return Runs(**{name: int(value) for name, value in (row or {}).items()})

    async def stages(self) -> Stages:
        row = await self._connection.fetchrow(SQL.stages)
        return Stages(**{name: int(value) for name, value in (row or {}).items()})

    async def unfinished(self) -> int:
        return await self._count(SQL.unfinished)

    async def unheard(self, since: datetime) -> int:
        """E-mails of which nothing was heard after Resend had accepted them."""
        return await self._count(SQL.unheard, since)

    async def active_queries(self) -> int:
        return await self._count(SQL.active_queries)

    async def figures(self) -> Figures:
        return Figures(
            scores=await self._by_name(SQL.scores),
            enrichments=await self._by_name(SQL.enrichments),
            credits=await self._by_name(SQL.credits),
            deliveries=await self._by_name(SQL.deliveries),
            fates={row["id"]: row["fate"] for row in await self._connection.fetch(SQL.fates)},
            uploads=await self._by_name(SQL.uploads),
            uploads_by_adapter=await self._by_name(SQL.uploads_by_adapter),
            billing_events=await self._count(SQL.billing_events),
            failed_deliveries=await self._count(SQL.failed_deliveries),
            failed_uploads=await self._count(SQL.failed_uploads),
        )

    async def _count(self, query: str, *arguments: object) -> int:
        return int(await self._connection.fetchval(query, *arguments))

    async def _by_name(self, query: str) -> dict[str, int]:
        rows = await self._connection.fetch(query)
        return {str(row["name"]): int(row["count"]) for row in rows}

"""What a workspace has already, looked up while a search goes on: by keys, and without locks."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from discovery.domain.harvest import Known
from discovery.domain.search import COMPANIES_PER_DAY
from leadstream.postgres import Database, load_queries

SQL = load_queries("discovery.adapters", "known.sql")


class PostgresShelves:
    """As it is now. What the run decides at its end, under locks, is the truth; this only saves calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, workspace_id: UUID, keys: Sequence[str]) -> Known:
        rows = await self._database.pool.fetch(SQL.known_keys, workspace_id, list(keys))
        return {row["key"]: row["domain"] for row in rows}

    async def room(self, query_id: UUID, run_on: date) -> int:
        created = await self._database.pool.fetchval(SQL.created_on_day, query_id, run_on)
        return COMPANIES_PER_DAY - int(created)

"""Workspaces, topics and queries in Postgres."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from discovery.application.plan_runs import SOURCES, Tick, run_query_job
from discovery.domain.search import Filters, Query, QueryStatus, Range, Topic
from leadstream.accounts.store import PostgresAccounts
from leadstream.jobs.model import NewJob
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("discovery.adapters", "catalogue.sql")

# A tick with what it asks for: a query or None, a workspace or None.
Ask = tuple[Tick, UUID | None, UUID | None]


class PostgresQueries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query_id: UUID) -> Query | None:
        row = await self._database.pool.fetchrow(SQL.get_query, query_id, None)
        return read_query(row) if row else None


async def plan_runs(tx: Tx, asks: Sequence[Ask], accounts: PostgresAccounts) -> list[NewJob]:
    """The jobs that ticks ask for: one for each active query and each source of its workspace."""
    if not asks:
        return []
    rows = await tx.fetch(
        SQL.queries_to_run, [query for _, query, _ in asks], [space for _, _, space in asks]
    )
    plans = await accounts.plans(tx, {row["workspace_id"] for row in rows})
    return [
        run_query_job(
            asks[row["n"] - 1][0],
            query_id=row["id"],
            workspace_id=row["workspace_id"],
            source=source,
        )
        for row in rows
        for source in plans[row["workspace_id"]].intent
        if source in SOURCES
    ]


def read_query(row: Any) -> Query:
    return Query(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        topic=Topic(id=row["topic_id"], name=row["topic_name"], category=row["topic_category"]),
        filters=read_filters(row["filters"]),
        status=QueryStatus(row["status"]),
    )


def read_filters(stored: Any) -> Filters:
    """As the YAML has them: `location`, `company_size`, `revenue`, `industry`."""
    location = stored.get("location") or {}
    return Filters(
        country=location.get("country"),
        state=location.get("state"),
        city=location.get("city"),
        employees=Range(**(stored.get("company_size") or {})),
        revenue=Range(**(stored.get("revenue") or {})),
        industries=tuple(stored.get("industry") or ()),
    )

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from discovery.adapters.catalogue import SQL
from discovery.adapters.trends import SQL as TRENDS_SQL
from discovery.domain.trends import Direction
from discovery.entrypoints.http.answers import Topic, Trend
from discovery.entrypoints.http.bodies import TopicBody
from discovery.entrypoints.http.changes import describe_change
from leadstream.api import (
    Caller,
    InvalidError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
)
from leadstream.api.paging import decode_cursor
from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx


def topics_router(database: Database) -> APIRouter:
    router = APIRouter(tags=["topics"])
    audit = PostgresAudit()

    @router.get(
        "/topics",
        summary="Topics by name; those of its own queries for a workspace",
        response_model=Page[Topic],
    )
    async def list_topics(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        category: str | None = None,
    ) -> dict[str, Any]:
        (after,) = paging.after(str) or (None,)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(SQL.list_topics, workspace, category, paging.limit + 1, after)
        return paging.page(rows, key=lambda row: (row["name"],), render=_plain)

    @router.get("/topics/{topic_id}", summary="One topic", response_model=Topic)
    async def get_topic(caller: Viewer, topic_id: UUID) -> dict[str, Any]:
        row = await database.pool.fetchrow(SQL.get_topic, topic_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("topic")
        return _plain(row)

    @router.post(
        "/topics",
        status_code=201,
        summary="Make a topic, or change its category",
        response_model=Topic,
    )
    async def put_topic(caller: Operator, body: TopicBody) -> dict[str, Any]:
        caller.must_span_workspaces()
        async with database.transaction() as tx:
            before, row = await upsert_topic(tx, caller, body)
            change = describe_change("topic", before, row, workspace=None)
            if change:
                await audit.record(tx, caller, change)
        return _plain(row)

    @router.get("/trends", summary="Trends, the newest week first", response_model=Page[Trend])
    async def list_trends(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        topic_id: UUID | None = None,
        direction: Direction | None = None,
        since: date | None = None,
    ) -> dict[str, Any]:
        week, topic = _trend_after(paging.cursor)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(
            TRENDS_SQL.list_trends,
            workspace,
            topic_id,
            direction,
            since,
            paging.limit + 1,
            week,
            topic,
        )
        return paging.page(
            rows,
            key=lambda row: (row["week_start"].isoformat(), str(row["topic_id"])),
            render=_trend,
        )

    return router


async def upsert_topic(tx: Tx, caller: Caller, body: TopicBody) -> tuple[Any, Any]:
    """Make or change a topic: the row before, and after. Others use it too: a workspace's caller only fills in."""
    topic_id = derived_id("topic", body.name)
    made = await tx.fetchrow(SQL.insert_topic, topic_id, body.name, body.category)
    if made is not None:
        return None, made
    before = await tx.fetchrow(SQL.lock_topic, topic_id)
    may_change = caller.workspace_id is None
    return before, await tx.fetchrow(SQL.change_topic, topic_id, body.category, may_change)


def _trend_after(cursor: str | None) -> tuple[date | None, UUID | None]:
    if cursor is None:
        return None, None
    week, topic_id = decode_cursor(cursor, str, UUID)
    try:
        return date.fromisoformat(week), topic_id
    except ValueError:
        raise InvalidError("the cursor is not one that a list gave out", field="cursor") from None


def _trend(row: Any) -> dict[str, Any]:
    """Rows carry an id; a trend's is what it is about."""
    return {"id": derived_id("trend", row["topic_id"], str(row["week_start"])), **_plain(row)}


def _plain(row: Any) -> dict[str, Any]:
    """Percentages as JSON numbers: a Decimal would come out as a string."""
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in row.items()}

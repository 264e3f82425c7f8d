from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from discovery.adapters.catalogue import SQL
from discovery.adapters.runs import SQL as RUNS_SQL
from discovery.domain.search import QueryStatus
from discovery.entrypoints.http.answers import ListedQueryRun, Query
from discovery.entrypoints.http.bodies import QueryBody, QueryChangeBody
from discovery.entrypoints.http.changes import describe_change
from discovery.entrypoints.http.topics import upsert_topic
from leadstream.api import (
    Caller,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
)
from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx


class QueriesApi:
    """What the routes do; every change is one transaction with its audit row."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = PostgresAudit()

    async def put(self, caller: Caller, body: QueryBody) -> dict[str, Any]:
        caller.must_see(body.workspace_id, "workspace")
        query_id = derived_id("query", body.workspace_id, body.name)
        async with self._database.transaction() as tx:
            if await tx.fetchrow(SQL.get_workspace, body.workspace_id) is None:
                raise NotFoundError("workspace")
            topic_id = await _topic(tx, caller, body)
            status, filters = _wanted(body)
            place = (query_id, body.workspace_id, topic_id, body.name)
            if await tx.fetchval(SQL.insert_query, *place, status, filters):
                return await self._record(tx, caller, None, query_id)
            return await self._change(tx, caller, query_id, topic_id, body)

    async def change(self, caller: Caller, query_id: UUID, body: QueryChangeBody) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            await _row(tx, caller, query_id)
            # Topics are locked before queries, here and above: two callers never wait for each other.
            topic_id = await _topic(tx, caller, body)
            return await self._change(tx, caller, query_id, topic_id, body)

    async def _change(
        self, tx: Tx, caller: Caller, query_id: UUID, topic_id: UUID | None, body: QueryChangeBody
    ) -> dict[str, Any]:
        await tx.execute(SQL.lock_query, query_id)
        before = await tx.fetchrow(SQL.get_query, query_id, None)
        await tx.execute(SQL.change_query, query_id, topic_id, *_wanted(body))
        return await self._record(tx, caller, before, query_id)

    async def _record(self, tx: Tx, caller: Caller, before: Any, query_id: UUID) -> dict[str, Any]:
        after = await _row(tx, caller, query_id)
        change = describe_change("query", before, after, workspace=after["workspace_id"])
        if change:
            await self._audit.record(tx, caller, change)
        return _render(after)

    async def get(self, caller: Caller, query_id: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            return _render(await _row(tx, caller, query_id))

    async def runs(self, caller: Caller, query_id: UUID, paging: PagingQuery) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        async with self._database.transaction() as tx:
            await _row(tx, caller, query_id)
            rows = await tx.fetch(RUNS_SQL.list_runs, query_id, paging.limit + 1, *after)
        page: dict[str, Any] = paging.page(
            rows, key=lambda row: (row["started_at"], str(row["id"])), render=_render_run
        )
        return page


def queries_router(database: Database) -> APIRouter:
    router = APIRouter(prefix="/queries", tags=["queries"])
    api = QueriesApi(database)

    @router.get("", summary="Queries, newest first", response_model=Page[Query])
    async def list_queries(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        status: QueryStatus | None = None,
        topic_id: UUID | None = None,
    ) -> dict[str, Any]:
        created_at, after = paging.after(datetime, UUID) or (None, None)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(
            SQL.list_queries, workspace, status, topic_id, paging.limit + 1, after, created_at
        )
        return paging.page(
            rows, key=lambda row: (row["created_at"], str(row["id"])), render=_render
        )

    @router.post(
        "",
        status_code=201,
        summary="Make a query, or change the one of that name",
        response_model=Query,
    )
    async def put_query(caller: Operator, body: QueryBody) -> dict[str, Any]:
        return await api.put(caller, body)

    @router.get("/{query_id}", summary="One query", response_model=Query)
    async def get_query(caller: Viewer, query_id: UUID) -> dict[str, Any]:
        return await api.get(caller, query_id)

    @router.patch("/{query_id}", summary="Change topic, status or filters", response_model=Query)
    async def change_query(
        caller: Operator, query_id: UUID, body: QueryChangeBody
    ) -> dict[str, Any]:
        return await api.change(caller, query_id, body)

    @router.post(
        "/{query_id}/pause", summary="Search no more until it is resumed", response_model=Query
    )
    async def pause_query(caller: Operator, query_id: UUID) -> dict[str, Any]:
        return await api.change(caller, query_id, QueryChangeBody(status=QueryStatus.PAUSED))

    @router.post("/{query_id}/resume", summary="Search again", response_model=Query)
    async def resume_query(caller: Operator, query_id: UUID) -> dict[str, Any]:
        return await api.change(caller, query_id, QueryChangeBody(status=QueryStatus.ACTIVE))

    @router.get(
        "/{query_id}/runs", summary="Its runs, newest first", response_model=Page[ListedQueryRun]
    )
    async def list_runs(caller: Viewer, paging: PagingQuery, query_id: UUID) -> dict[str, Any]:
        return await api.runs(caller, query_id, paging)

    return router


async def _topic(tx: Tx, caller: Caller, body: QueryChangeBody) -> UUID | None:
    if body.topic is None:
        return None
    _, topic = await upsert_topic(tx, caller, body.topic)
    topic_id: UUID = topic["id"]
    return topic_id


def _wanted(body: QueryChangeBody) -> tuple[str | None, dict[str, Any] | None]:
    """Status and filters as the table has them; None stays as it is."""
    filters = body.filters
    plain = filters.model_dump(mode="json", exclude_defaults=True) if filters else None
    return body.status.value if body.status else None, plain


async def _row(tx: Tx, caller: Caller, query_id: UUID) -> Any:
    row = await tx.fetchrow(SQL.get_query, query_id, caller.workspace_id)
    if row is None:
        raise NotFoundError("query")
    return row


def _render(row: Any) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if not name.startswith("topic_")}
    topic = {name: row[f"topic_{name}"] for name in ("id", "name", "category")}
    return shown | {"topic": topic, "topic_id": row["topic_id"]}


def _render_run(row: Any) -> dict[str, Any]:
    return {**row, "rejections": row["rejections"] or {}}

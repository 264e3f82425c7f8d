"""Sources: who may push signals to a workspace, and which queries these feed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from discovery.adapters.push_sources import SQL, queries_named, topic_form
from discovery.adapters.vault import SourceSecrets, Vault
from discovery.entrypoints.http.changes import describe_change
from discovery.entrypoints.http.push_source_bodies import (
    PushSource,
    PushSourceBody,
    PushSourceChangeBody,
    PushSourceRotation,
    PushSourceStatus,
    PushSourceWithSecret,
    render_source,
)
from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
    answers,
)
from leadstream.clock import Clock
from leadstream.crypto import UndecryptableError
from leadstream.http import WebhookSecret
from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx

MOST_SOURCES = 100


class SourcesApi:
    """What the routes do; every change is one transaction with its audit row."""

    def __init__(
        self, database: Database, vault: Vault | None, clock: Clock, *, overlap: timedelta
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._overlap = overlap
        self._audit = PostgresAudit()

    async def put(self, caller: Caller, body: PushSourceBody) -> dict[str, Any]:
        """Make a source, or bring the one of this name to what the body says."""
        caller.must_see(body.workspace_id, "workspace")
        source_id = derived_id("source", body.workspace_id, body.name)
        given = _read_secret(body.secret)
        async with self._database.transaction() as tx:
            await _check_queries(tx, body.workspace_id, body)
            row = await tx.fetchrow(SQL.lock_source, source_id, body.workspace_id)
            if row is None:
                made = await self._insert(tx, caller, source_id, body, given)
                if made is not None:
                    return made
                # Somebody made it at this moment: change theirs.
                row = await tx.fetchrow(SQL.lock_source, source_id, body.workspace_id)
            return render_source(await self._save(tx, caller, row, body, given))

    async def change(
        self, caller: Caller, source_id: UUID, body: PushSourceChangeBody
    ) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            row = await _row(tx, SQL.lock_source, caller, source_id)
            await _check_queries(tx, row["workspace_id"], body)
            return render_source(await self._save(tx, caller, row, body, None))

    async def rotate(
        self, caller: Caller, source_id: UUID, body: PushSourceRotation
    ) -> dict[str, Any]:
        """Give it a new secret, told in the answer, this once. The old one is good for a while."""
        new = _read_secret(body.secret) or WebhookSecret.generate()
        async with self._database.transaction() as tx:
            row = await _row(tx, SQL.lock_source, caller, source_id)
            saved = await self._save(tx, caller, row, PushSourceChangeBody(), new)
        return render_source(saved, new.reveal())

    async def delete(self, caller: Caller, source_id: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            row = await _row(tx, SQL.delete_source, caller, source_id)
            await tx.execute(SQL.delete_bucket, source_id)
            change = Change(
                "source.deleted",
                f"source:{source_id}",
                before=_audited(row),
                workspace_id=row["workspace_id"],
            )
            await self._audit.record(tx, caller, change)
        return render_source(row)

    async def get(self, caller: Caller, source_id: UUID) -> dict[str, Any]:
        async with self._database.looking() as tx:
            return render_source(await _row(tx, SQL.get_source, caller, source_id))

    async def _insert(
        self,
        tx: Tx,
        caller: Caller,
        source_id: UUID,
        body: PushSourceBody,
        given: WebhookSecret | None,
    ) -> dict[str, Any] | None:
        if await tx.fetchrow(SQL.workspace_is_there, body.workspace_id) is None:
            raise NotFoundError("workspace")
        _check_feeds(body.query, body.topics)
        if await tx.fetchval(SQL.count_sources, body.workspace_id) >= MOST_SOURCES:
            raise ConflictError(f"a workspace has at most {MOST_SOURCES} sources")
        secret = given or WebhookSecret.generate()
        place = (body.workspace_id, source_id)
        sealed = self._open_vault().seal(SourceSecrets(current=secret), *place)
        row = await tx.fetchrow(
            SQL.insert_source,
            source_id,
            body.workspace_id,
            body.name,
            body.query,
            body.topics,
            body.status,
            sealed,
        )
        if row is None:
            return None
        await self._record(tx, caller, None, row)
        return render_source(row, secret.reveal())

    async def _save(
        self,
        tx: Tx,
        caller: Caller,
        row: Any,
        body: PushSourceChangeBody,
        secret: WebhookSecret | None,
    ) -> Any:
        place = (row["workspace_id"], row["id"])
        sealed, until = row["secrets"], row["previous_secret_until"]
        secrets = self._secrets(row) if secret else None
        if secret and secrets is None:
            # The old one can't be read: nothing can be signed with it either.
            sealed, until = self._open_vault().seal(SourceSecrets(current=secret), *place), None
        elif secret and secrets and secret != secrets.current:
            now = self._clock.now()
            until = now + self._overlap
            rotated = secrets.rotated_to(secret, now=now, until=until)
            sealed = self._open_vault().seal(rotated, *place)
        query = body.query or row["query"]
        topics = row["topics"] if body.topics is None else body.topics
        _check_feeds(query, topics)
        wanted = (
            query,
            topics,
            body.status or row["status"],
            sealed,
            until,
        )
        before = tuple(
            row[name] for name in ("query", "topics", "status", "secrets", "previous_secret_until")
        )
        if wanted == before:
            return row
        saved = await tx.fetchrow(SQL.update_source, row["id"], *wanted)
        await self._record(tx, caller, row, saved)
        return saved

    def _secrets(self, row: Any) -> SourceSecrets | None:
        try:
            return self._open_vault().open(row["secrets"], row["workspace_id"], row["id"])
        except UndecryptableError:
            return None

    def _open_vault(self) -> Vault:
        if self._vault is None:
            raise ConflictError("a source's secret is kept encrypted: set ENCRYPTION_KEYS")
        return self._vault

    async def _record(self, tx: Tx, caller: Caller, before: Any, after: Any) -> None:
        change = describe_change(
            "source", _audited(before), _audited(after), workspace=after["workspace_id"]
        )
        if change is None:
            # Nothing of it shows but that the secret is another.
            change = Change(
                "source.secret_rotated",
                f"source:{after['id']}",
                workspace_id=after["workspace_id"],
            )
        await self._audit.record(tx, caller, change)


def sources_router(database: Database, api: SourcesApi) -> APIRouter:
    router = APIRouter(prefix="/push-sources", tags=["push sources"])

    @router.get("", summary="Sources, oldest first", response_model=Page[PushSource])
    async def list_push_sources(
        caller: Viewer, paging: PagingQuery, workspace_id: UUID | None = None
    ) -> dict[str, Any]:
        after = paging.after(datetime, UUID) or (None, None)
        workspace = caller.narrow(workspace_id)
        rows = await database.look(SQL.list_sources, workspace, paging.limit + 1, *after)
        return paging.page(
            rows, key=lambda row: (row["created_at"], str(row["id"])), render=render_source
        )

    @router.post(
        "",
        status_code=201,
        summary="Make a source, or change the one of that name",
        response_model=PushSourceWithSecret,
        response_model_exclude_unset=True,
        responses=answers(409),
    )
    async def put_push_source(caller: Operator, body: PushSourceBody) -> dict[str, Any]:
        return await api.put(caller, body)

    @router.get("/{source_id}", summary="One source", response_model=PushSource)
    async def get_push_source(caller: Viewer, source_id: UUID) -> dict[str, Any]:
        return await api.get(caller, source_id)

    @router.patch(
        "/{source_id}", summary="Change, pause or resume a source", response_model=PushSource
    )
    async def change_push_source(
        caller: Operator, source_id: UUID, body: PushSourceChangeBody
    ) -> dict[str, Any]:
        return await api.change(caller, source_id, body)

    @router.post(
        "/{source_id}/pause", summary="Take nothing until resumed", response_model=PushSource
    )
    async def pause_push_source(caller: Operator, source_id: UUID) -> dict[str, Any]:
        return await api.change(
            caller, source_id, PushSourceChangeBody(status=PushSourceStatus.PAUSED)
        )

    @router.post("/{source_id}/resume", summary="Take signals again", response_model=PushSource)
    async def resume_push_source(caller: Operator, source_id: UUID) -> dict[str, Any]:
        return await api.change(
            caller, source_id, PushSourceChangeBody(status=PushSourceStatus.ACTIVE)
        )

    @router.post(
        "/{source_id}/rotate",
        summary="A new secret; the old one is good for a while",
        response_model=PushSourceWithSecret,
        response_model_exclude_unset=True,
        responses=answers(409),
    )
    async def rotate_push_source(
        caller: Operator, source_id: UUID, body: PushSourceRotation | None = None
    ) -> dict[str, Any]:
        return await api.rotate(caller, source_id, body or PushSourceRotation())

    @router.delete(
        "/{source_id}", summary="Delete a source; what it sent stays", response_model=PushSource
    )
    async def delete_push_source(caller: Operator, source_id: UUID) -> dict[str, Any]:
        return await api.delete(caller, source_id)

    return router


async def _row(tx: Tx, query: str, caller: Caller, source_id: UUID) -> Any:
    row = await tx.fetchrow(query, source_id, caller.workspace_id)
    if row is None:
        raise NotFoundError("source")
    return row


async def _check_queries(tx: Tx, workspace_id: UUID, body: PushSourceChangeBody) -> None:
    named: dict[str, str] = {}
    for topic in body.topics or {}:
        if (other := named.setdefault(topic_form(topic), topic)) != topic:
            raise InvalidError(f"is the same topic as {other}", field=f"topics.{topic}")
    wanted = {**(body.topics or {}), **({"": body.query} if body.query else {})}
    there = await queries_named(tx, workspace_id, set(wanted.values()))
    for topic, name in wanted.items():
        if name not in there:
            field = f"topics.{topic}" if topic else "query"
            raise InvalidError(f"the workspace has no query {name}", field=field)


def _check_feeds(query: str | None, topics: Mapping[str, str] | None) -> None:
    if not (query or topics):
        raise InvalidError("a source feeds a query: give `query`, or `topics`", field="query")


def _read_secret(text: str | None) -> WebhookSecret | None:
    if text is None:
        return None
    try:
        return WebhookSecret.parse(text)
    except ValueError as exc:
        raise InvalidError(str(exc), field="secret") from None


def _audited(row: Any) -> dict[str, Any] | None:
    """Without secrets."""
    if row is None:
        return None
    return {name: row[name] for name in ("id", "name", "query", "topics", "status")}

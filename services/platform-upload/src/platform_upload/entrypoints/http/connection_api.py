"""What the connection routes do; every change is one transaction with its audit row."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Paging,
    PostgresAudit,
)
from leadstream.clock import Clock
from leadstream.crypto import Keyring
from leadstream.ids import connection_id
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, Tx
from leadstream.rotation import rotate_all
from platform_upload.adapters.connections import (
    SQL,
    PostgresConnectionBook,
    PostgresConnections,
)
from platform_upload.adapters.people import sealed_places
from platform_upload.application.budget import Budget
from platform_upload.application.manage_connections import (
    ChangedMeanwhileError,
    Edit,
    adapter_named,
    ask,
    draft_new,
    fields_of,
    save,
)
from platform_upload.application.ports import (
    Adapter,
    Given,
    InvalidConnectionError,
    UnreadableConnectionError,
)
from platform_upload.application.try_connection import OVERCOME, try_connection
from platform_upload.domain.connection import Connection, Status
from platform_upload.entrypoints.http.connection_bodies import (
    ConnectionChange,
    NewConnection,
    Rotation,
    WantedStatus,
    render_connection,
)
from platform_upload.entrypoints.http.lists import LISTED, list_key


class ConnectionsApi:
    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        keyring: Keyring,
        board: PauseBoard,
        connections: PostgresConnections,
        adapters: Mapping[str, Adapter],
        clock: Clock,
        *,
        budget: Callable[[], Budget],
        save_budget: Callable[[], Budget],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._board = board
        self._adapters = adapters
        self._clock = clock
        self._budget = budget
        self._save_budget = save_budget
        self._wake = wake
        self._connections = connections
        self._audit = PostgresAudit()

    async def put(self, caller: Caller, new: NewConnection) -> dict[str, Any]:
        """Make the workspace's connection to a platform, or bring the one there is to what the body says."""
        caller.must_see(new.workspace_id, "workspace")
        seen = await self._held(connection_id(new.workspace_id, new.platform))
        # Of the same adapter, what is left out stays as it is; another needs settings and credentials of its own.
        stays = seen is not None and seen.adapter == new.adapter
        said = new.model_dump(include={"settings", "credentials"}, exclude_unset=stays)
        wanted = await self._draft(
            new.adapter,
            Given(said.get("settings"), said.get("credentials")),
            workspace_id=new.workspace_id,
            platform=new.platform,
            seen=seen,
            status=new.status,
        )
        return await self._save(caller, wanted, seen, "connection.changed")

    async def change(
        self, caller: Caller, identity: UUID, body: ConnectionChange
    ) -> dict[str, Any]:
        return await self._change(caller, identity, body, "connection.changed")

    async def rotate(self, caller: Caller, identity: UUID, body: Rotation) -> dict[str, Any]:
        """New credentials are saved whatever else may be wrong: the old ones may be in the wrong hands."""
        change = ConnectionChange(credentials=body.credentials)
        return await self._change(caller, identity, change, "connection.rotated", asks=False)

    async def test(self, caller: Caller, identity: UUID) -> dict[str, Any]:
        """Call the platform with it. A connection that works is no longer held by what was wrong with it before."""
        connection = await self._seen(caller, identity)
        tested = await try_connection(self._adapters[connection.adapter], connection, self._budget)
        async with self._database.transaction() as tx:
            if tested.ok:
                await PostgresConnectionBook(tx, self._keyring).lift(identity, OVERCOME)
            change = Change(
                "connection.tested",
                f"connection:{identity}",
                after=asdict(tested),
                workspace_id=connection.workspace_id,
            )
            await self._audit.record(tx, caller, change)
        await self._let_go()
        return {"connection_id": identity, **asdict(tested)}

    async def rotate_keys(self, caller: Caller) -> dict[str, Any]:
        caller.must_span_workspaces()
        done = await rotate_all(sealed_places(self._database, self._keyring))
        after = {
            "rewrapped": done.changed,
            "unreadable": done.unreadable,
            "key_id": self._keyring.current,
        }
        async with self._database.transaction() as tx:
            change = Change("connections.rewrapped", "connections:all", after=after)
            await self._audit.record(tx, caller, change)
        return after

    async def get(self, caller: Caller, identity: UUID) -> dict[str, Any]:
        row = await self._database.pool.fetchrow(SQL.show_connection, identity, caller.workspace_id)
        if row is None:
            raise NotFoundError("connection")
        return render_connection(row)

    async def list_all(
        self,
        caller: Caller,
        paging: Paging,
        workspace_id: UUID | None,
        platform: str | None,
        status: Status | None,
    ) -> dict[str, Any]:
        rows = await self._database.look(
            SQL.list_connections,
            caller.narrow(workspace_id),
            platform,
            status,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        page: dict[str, Any] = paging.page(rows, key=list_key, render=render_connection)
        return page

    async def _change(
        self,
        caller: Caller,
        identity: UUID,
        body: ConnectionChange,
        action: str,
        *,
        asks: bool = True,
    ) -> dict[str, Any]:
        await self.get(caller, identity)
        seen = await self._held(identity)
        if seen is None:
            raise NotFoundError("connection")
        wanted = await self._draft(
            body.adapter or seen.adapter,
            Given(body.settings, body.credentials),
            workspace_id=seen.workspace_id,
            platform=seen.platform,
            seen=seen,
            status=body.status,
            asks=asks,
        )
        return await self._save(caller, wanted, seen, action)

    async def _draft(  # noqa: PLR0913 - what a connection consists of
        self,
        adapter: str,
        given: Given,
        *,
        workspace_id: UUID,
        platform: str,
        seen: Connection | None,
        status: WantedStatus | None,
        asks: bool = True,
    ) -> Connection:
        try:
            found = adapter_named(self._adapters, adapter)
            wanted = await draft_new(
                found,
                given,
                workspace_id=workspace_id,
                platform=platform,
                held=seen,
                status=Status(status) if status else None,
            )
            if asks:
                await ask(found, wanted, seen=seen, budget=self._save_budget)
        except InvalidConnectionError as exc:
            raise InvalidError(str(exc), field=exc.field) from exc
        return wanted

    async def _save(
        self, caller: Caller, wanted: Connection, seen: Connection | None, action: str
    ) -> dict[str, Any]:
        try:
            async with self._database.transaction() as tx:
                book = PostgresConnectionBook(tx, self._keyring)
                edit = await save(book, wanted, seen=seen, now=self._clock.now())
                if edit.changed:
                    await self._record(tx, caller, edit, action)
                row = await tx.fetchrow(SQL.show_connection, wanted.id, caller.workspace_id)
        except ChangedMeanwhileError:
            raise ConflictError("somebody else has just changed this connection") from None
        await self._let_go()
        return render_connection(row)

    async def _let_go(self) -> None:
        """Let the waiting leads of this process go at once, without waiting for its own NOTIFY."""
        await self._board.refresh()
        self._wake()

    async def _held(self, identity: UUID) -> Connection | None:
        """As it is, with empty credentials if they do not decrypt."""
        async with self._database.transaction() as tx:
            return await PostgresConnectionBook(tx, self._keyring).get(identity)

    async def _seen(self, caller: Caller, identity: UUID) -> Connection:
        try:
            connection = await self._connections.get(identity)
        except UnreadableConnectionError as exc:
            raise ConflictError(str(exc)) from exc
        if connection is None or not caller.sees(connection.workspace_id):
            raise NotFoundError("connection")
        return connection

    async def _record(self, tx: Tx, caller: Caller, edit: Edit, action: str) -> None:
        after = edit.after
        change = Change(
            action if edit.before else "connection.created",
            f"connection:{after.id}",
            before=fields_of(edit.before) if edit.before else None,
            after=fields_of(after),
            workspace_id=after.workspace_id,
        )
        await self._audit.record(tx, caller, change)

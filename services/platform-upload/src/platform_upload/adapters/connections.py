"""Connections in Postgres, their credentials encrypted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.contracts.events import TroubleCause
from leadstream.crypto import Cell, Keyring, UndecryptableError
from leadstream.outbox import add_events
from leadstream.pauses import Pause, PauseBoard, add_pause, lift
from leadstream.postgres import Database, Tx, load_queries
from leadstream.rotation import SealedColumn
from leadstream.together import Together
from leadstream.troubles import KnownTroubles, Trouble
from platform_upload.application.ports import UnreadableConnectionError
from platform_upload.domain.connection import Connection, Hold, Status, lane_of

SQL = load_queries("platform_upload.adapters", "connections.sql")
TABLE, COLUMN = "connections", "credentials"
# Whose pauses these are.
ACTOR = "platform-upload"
# What of it a workspace is told.
CAUSES: Mapping[str, TroubleCause] = {
    Hold.CREDENTIAL: TroubleCause.CONNECTION_REFUSED,
    Hold.MISCONFIGURED: TroubleCause.CONNECTION_MISCONFIGURED,
}


class PostgresConnections:
    """What workers and the intake do with connections."""

    def __init__(
        self, database: Database, keyring: Keyring, board: PauseBoard, troubles: KnownTroubles
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._board = board
        self._troubles = troubles
        self._rows = Together(self._load)

    async def get(self, connection_id: UUID) -> Connection | None:
        row = await self._rows(connection_id)
        return read_connection(row, self._keyring) if row else None

    async def adapter_of(self, connection_id: UUID) -> str | None:
        name: str | None = await self._database.pool.fetchval(SQL.get_adapter, connection_id)
        return name

    async def hold(
        self,
        connection_id: UUID,
        *,
        seen: int | None,
        reason: str,
        until: datetime | None,
        why: str,
    ) -> bool:
        async with self._database.transaction() as tx:
            await _share(tx, [connection_id])
            row = await tx.fetchrow(SQL.get_version, connection_id)
            if (row["version"] if row else None) != seen:
                return False
            if row and (cause := CAUSES.get(reason)):
                await self._tell(tx, connection_id, row, cause, why)
            pause = await add_pause(
                tx, lane_of(connection_id), reason=reason, actor=ACTOR, until=until, detail=why
            )
        self._board.apply(pause)
        return True

    async def disable(self, connection_id: UUID, *, seen: int, why: str) -> bool:
        async with self._database.transaction() as tx:
            await _share(tx, [connection_id])
            row = await tx.fetchrow(SQL.disable_connection, connection_id, seen, why)
            if row is None:
                return False
            await self._tell(tx, connection_id, row, TroubleCause.CONNECTION_REFUSED, why)
            pause = await add_pause(
                tx, lane_of(connection_id), reason=Hold.DISABLED, actor=ACTOR, detail=why
            )
        self._board.apply(pause)
        return True

    async def _tell(
        self, tx: Tx, connection_id: UUID, row: Any, cause: TroubleCause, why: str
    ) -> None:
        """Only the workspace can mend it: it is told, with the pause that holds its leads."""
        trouble = Trouble(
            workspace_id=row["workspace_id"],
            cause=cause,
            subject_id=connection_id,
            name=row["platform"],
            detail=why,
        )
        await add_events(tx, await self._troubles.begin(tx, [trouble]))

    async def _load(self, ids: Sequence[UUID]) -> list[Any]:
        rows = await self._database.hot.fetch(SQL.get_connections, list(set(ids)))
        found = {row["id"]: row for row in rows}
        return [found.get(each) for each in ids]


class PostgresConnectionBook:
    """The connections as one transaction of an admin call sees them."""

    def __init__(self, tx: Tx, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    async def lock(self, connection_id: UUID) -> None:
        await self._tx.execute(SQL.lock_connection, _lock_key(connection_id))

    async def get(self, connection_id: UUID) -> Connection | None:
        row = await self._tx.fetchrow(SQL.get_connections, [connection_id])
        if row is None:
            return None
        try:
            return read_connection(row, self._keyring)
        except UnreadableConnectionError:
            # Credentials that no key opens are as good as none: new ones can be saved over them.
            return _connection(row, {})

    async def save(self, connection: Connection) -> None:
        await self._tx.execute(
            SQL.save_connection,
            connection.id,
            connection.workspace_id,
            connection.platform,
            connection.adapter,
            connection.settings,
            self._keyring.encrypt_json(connection.credentials, _cell(connection)),
            connection.status,
            connection.disabled_reason,
            connection.version,
            connection.rotated_at,
        )

    async def lift(self, connection_id: UUID, reasons: Sequence[str]) -> None:
        for reason in reasons:
            await lift(self._tx, lane_of(connection_id), reason=reason)

    async def hold(self, connection_id: UUID, reason: str, why: str | None = None) -> None:
        lane = lane_of(connection_id)
        await add_pause(self._tx, lane, reason=reason, actor=ACTOR, detail=why)


def sealed_connections(database: Database, keyring: Keyring) -> SealedColumn:
    return SealedColumn(
        database, keyring, TABLE, COLUMN, after=SQL.sealed_after, replace=SQL.replace_sealed
    )


def connections_of(tx: Tx, workspaces: Iterable[UUID]) -> Callable[[], set[UUID]]:
    """The connections that there are; asked for with what else waits in the transaction."""
    found = tx.later(SQL.connections_of, list(set(workspaces)), returns=("id",))
    return lambda: {row["id"] for row in found.rows}


async def wait_for_missing(tx: Tx, connection_ids: Iterable[UUID]) -> list[Pause]:
    """Pause those connections that do not exist, so that their uploads wait for them; return the pauses.

    Under the shared lock none can be created between the look and the pause, which nobody would then be left to end.
    """
    wanted = list(set(connection_ids))
    if not wanted:
        return []
    await _share(tx, wanted)
    missing = await tx.fetch(SQL.missing_connections, wanted)
    return [
        await add_pause(tx, lane_of(row["id"]), reason=Hold.MISSING, actor=ACTOR) for row in missing
    ]


def read_connection(row: Any, keyring: Keyring) -> Connection:
    """Raise UnreadableConnectionError when the credentials do not decrypt."""
    try:
        credentials = keyring.decrypt_json(row["credentials"], _cell_of(row))
    except UndecryptableError as exc:
        raise UnreadableConnectionError(str(exc), version=row["version"]) from exc
    return _connection(row, credentials)


def _connection(row: Any, credentials: Mapping[str, Any]) -> Connection:
    return Connection(
        id=row["id"],
        workspace_id=row["workspace_id"],
        platform=row["platform"],
        adapter=row["adapter"],
        settings=row["settings"],
        credentials=credentials,
        status=Status(row["status"]),
        disabled_reason=row["disabled_reason"],
        version=row["version"],
        rotated_at=row["rotated_at"],
    )


def _cell(connection: Connection) -> Cell:
    return Cell(connection.workspace_id, TABLE, COLUMN, connection.id)


def _cell_of(row: Any) -> Cell:
    return Cell(row["workspace_id"], TABLE, COLUMN, row["id"])


async def _share(tx: Tx, connection_ids: Sequence[UUID]) -> None:
    await tx.execute(SQL.lock_connections_shared, [_lock_key(each) for each in connection_ids])


def _lock_key(connection_id: UUID) -> int:
    """An advisory lock's number. Two connections that share one wait for each other now and then, and that is all."""
    return (connection_id.int >> 64) - 2**63

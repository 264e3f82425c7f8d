"""`DELETE /connections/{id}`: a workspace leaves a platform, and its credentials are gone."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from leadstream.api import Caller, Change, NotFoundError, Operator, PostgresAudit
from leadstream.crypto import Keyring
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, Tx
from leadstream.troubles import forget_troubles
from platform_upload.adapters.connections import PostgresConnectionBook
from platform_upload.adapters.removal import SQL
from platform_upload.domain.connection import Hold


class RemovedConnection(BaseModel):
    id: UUID
    workspace_id: UUID
    platform: str
    adapter: str
    waiting: bool = Field(description="Whether uploads wait for a new connection to the platform.")


class ConnectionRemoval:
    """Uploads that wait go on waiting, for a new connection; one that has begun ends with the old."""

    def __init__(self, database: Database, keyring: Keyring, board: PauseBoard) -> None:
        self._database = database
        self._keyring = keyring
        self._board = board
        self._audit = PostgresAudit()

    async def delete(self, caller: Caller, identity: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            book = PostgresConnectionBook(tx, self._keyring)
            await book.lock(identity)
            row = await tx.fetchrow(SQL.delete_connection, identity, caller.workspace_id)
            if row is None:
                raise NotFoundError("connection")
            await tx.execute(SQL.delete_buckets, identity)
            await forget_troubles(tx, identity)
            waiting = await tx.fetchval(SQL.has_waiting, identity)
            # What was wrong with it is wrong no more; that it is missing is.
            await book.lift(identity, list(Hold))
            if waiting:
                await book.hold(identity, Hold.MISSING, "the connection was deleted")
            await self._record(tx, caller, row)
        await self._board.refresh()
        return {**row, "waiting": waiting}

    async def _record(self, tx: Tx, caller: Caller, row: Any) -> None:
        shown = ("platform", "adapter", "settings", "status", "version")
        change = Change(
            "connection.deleted",
            f"connection:{row['id']}",
            before={name: row[name] for name in shown},
            workspace_id=row["workspace_id"],
        )
        await self._audit.record(tx, caller, change)


def connection_removal_router(removal: ConnectionRemoval) -> APIRouter:
    router = APIRouter(prefix="/connections", tags=["connections"])

    @router.delete(
        "/{connection_id}",
        summary="Delete a connection with its credentials",
        response_model=RemovedConnection,
    )
    async def delete_connection(caller: Operator, connection_id: UUID) -> dict[str, Any]:
        return await removal.delete(caller, connection_id)

    return router

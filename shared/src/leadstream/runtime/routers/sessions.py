"""Who is calling, and the sessions of the console that have been logged out of."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from leadstream.api import Viewer
from leadstream.api.peer import LOCAL
from leadstream.api.tokens import Role
from leadstream.postgres import Database, load_queries

SQL = load_queries("leadstream.runtime.routers", "sessions.sql")

# Longer than any session lasts.
REMEMBERED = timedelta(days=1)


class WhoIsCalling(BaseModel):
    name: str
    role: Role
    workspace_id: UUID | None = Field(description="The only workspace that the token sees.")
    local: bool = Field(
        False, description="No tokens are configured: it is whoever is at the service's machine."
    )
    session_ended: bool = Field(description="The session that was asked about was logged out of.")


class EndedSession(BaseModel):
    id: UUID


def sessions_router(database: Database) -> APIRouter:
    router = APIRouter(tags=["sessions"])

    @router.get("/whoami", summary="Whose token this is", response_model=WhoIsCalling)
    async def whoami(
        caller: Viewer,
        session: Annotated[UUID | None, Query(description="A session of the console.")] = None,
    ) -> dict[str, Any]:
        [[ended]] = await database.look(SQL.has_ended, session)
        return {
            "name": caller.name,
            "role": caller.role,
            "workspace_id": caller.workspace_id,
            "local": caller is LOCAL,
            "session_ended": ended,
        }

    @router.post(
        "/sessions/{session_id}/end", summary="Log out of a session", response_model=EndedSession
    )
    async def end_session(session_id: UUID, _caller: Viewer) -> dict[str, Any]:
        async with database.transaction() as tx:
            await tx.execute(SQL.end_session, session_id, REMEMBERED)
        return {"id": session_id}

    return router

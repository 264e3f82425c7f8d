"""What is held back, until when and why; and the means to hold and to let go."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from leadstream.api import (
    Caller,
    Change,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Operator,
    Page,
    PostgresAudit,
    Viewer,
)
from leadstream.pauses import Pause, active_pauses, add_pause
from leadstream.pauses.store import delete_pause, get_pause
from leadstream.postgres import Database

SCOPE = (
    r"^(all|kind:[a-z][a-z-]{0,60}|provider:[a-z][a-z0-9-]{0,60}|topic:[a-z][a-z.-]{0,60}"
    r"|(workspace|connection|destination):[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
)


class NewPause(BaseModel):
    scope: str = Field(
        pattern=SCOPE,
        description="`all`, `kind:<job kind>`, `workspace:<id>`, `provider:<name>`, `connection:<id>`,"
        " `destination:<id>`, or `topic:<name>` to stop the consumption of a topic.",
    )
    reason: str = Field(min_length=1, max_length=500)
    until: AwareDatetime | None = Field(None, description="Left out: until somebody deletes it.")


class PauseAnswer(BaseModel):
    id: UUID
    scope: str
    reason: str
    actor: str = Field(description="Who holds it: a token's name, or the part of the service.")
    until: datetime | None
    detail: str | None = Field(description="What the provider or the receiver said.")
    probe_at: datetime | None = Field(
        description="Of an open circuit: when the next job is tried. A success closes it."
    )
    created_at: datetime


def pauses_router(database: Database, wake: Callable[[], None]) -> APIRouter:
    router = APIRouter(tags=["pauses"])
    audit = PostgresAudit()

    @router.get("/pauses", summary="Pauses in force", response_model=Page[PauseAnswer])
    async def list_pauses(caller: Viewer) -> dict[str, Any]:
        pauses = await active_pauses(database)
        return {"items": [asdict(p) for p in pauses if _sees(caller, p.scope)], "next": None}

    @router.post("/pauses", status_code=201, summary="Hold a scope", response_model=PauseAnswer)
    async def create_pause(caller: Operator, new: NewPause) -> dict[str, Any]:
        if not _sees(caller, new.scope):
            raise ForbiddenError("the token is for one workspace: it can pause that one only")
        if new.until is not None and new.until <= datetime.now(UTC):
            raise InvalidError("has passed already", field="until")
        async with database.transaction() as tx:
            pause = await add_pause(
                tx, new.scope, reason=new.reason, actor=caller.name, until=new.until
            )
            change = Change(
                "pause.created", f"pause:{pause.id}", reason=new.reason, after=_plain(pause)
            )
            await audit.record(tx, caller, change)
        return asdict(pause)

    @router.delete(
        "/pauses/{pause_id}",
        status_code=200,
        summary="Let a scope go on",
        response_model=PauseAnswer,
    )
    async def remove_pause(caller: Operator, pause_id: UUID) -> dict[str, Any]:
        async with database.transaction() as tx:
            pause = await get_pause(tx, pause_id)
            if pause is None or not _sees(caller, pause.scope):
                raise NotFoundError("pause")
            await delete_pause(tx, pause_id)
            change = Change("pause.deleted", f"pause:{pause.id}", before=_plain(pause))
            await audit.record(tx, caller, change)
        wake()
        return asdict(pause)

    return router


def _sees(caller: Caller, scope: str) -> bool:
    return caller.workspace_id is None or scope == f"workspace:{caller.workspace_id}"


def _plain(pause: Pause) -> dict[str, Any]:
    """What the audit row shows."""
    until = pause.until.isoformat() if pause.until else None
    return {
        "scope": pause.scope,
        "reason": pause.reason,
        "actor": pause.actor,
        "until": until,
        "detail": pause.detail,
    }

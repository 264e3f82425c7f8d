"""What is held back, until when and why; and the means to hold and to let go."""

from collections.abc import Callable, Sequence
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
from leadstream.history import behind
from leadstream.jobs.kinds import JobKind
from leadstream.pauses import Pause, active_pauses, add_pause
from leadstream.pauses.store import delete_pause, get_pause
from leadstream.postgres import Database, load_queries
from leadstream.removal import NOTHING, Holdings

SQL = load_queries("leadstream.runtime.routers", "pauses.sql")

SCOPE = (
    r"^(all|kind:[a-z][a-z0-9-]{0,60}|provider:[a-z][a-z0-9_-]{0,60}|topic:[a-z][a-z.-]{0,60}"
    r"|(workspace|connection|destination|provider:[a-z][a-z0-9_-]{0,60})"
    r":[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
)


class NewPause(BaseModel):
    scope: str = Field(
        pattern=SCOPE,
        description="`all`, `kind:<job kind>`, `workspace:<id>`, `provider:<name>`,"
        " `provider:<name>:<workspace id>` for a workspace's own key, `connection:<id>`,"
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


class ListedPause(PauseAnswer):
    waiting: int | None = Field(
        description="How many jobs wait behind it; null where records of a topic do."
    )
    oldest: datetime | None = Field(
        description="When the first of them could have run: of those that were counted."
    )
    more: bool = Field(
        description="There may be more: 1,000 are counted of a connection or destination, 50,000 of each kind of job."
    )


def pauses_router(
    database: Database,
    wake: Callable[[], None],
    kinds: Sequence[JobKind],
    holdings: Holdings = NOTHING,
) -> APIRouter:
    router = APIRouter(tags=["pauses"])
    audit = PostgresAudit()
    scopes = Scopes(database, holdings)

    @router.get("/pauses", summary="Pauses in force", response_model=Page[ListedPause])
    async def list_pauses(caller: Viewer) -> dict[str, Any]:
        sees = await scopes.seen_by(caller)
        pauses = [pause for pause in await active_pauses(database) if sees(pause.scope)]
        waits = await behind(database, [pause.scope for pause in pauses], kinds)
        items = [asdict(pause) | asdict(waits[pause.scope]) for pause in pauses]
        return {"items": items, "next": None}

    @router.post("/pauses", status_code=201, summary="Hold a scope", response_model=PauseAnswer)
    async def create_pause(caller: Operator, new: NewPause) -> dict[str, Any]:
        sees = await scopes.seen_by(caller)
        if not sees(new.scope):
            raise ForbiddenError("the token is for one workspace: it can pause what is its own")
        if new.until is not None and new.until <= datetime.now(UTC):
            raise InvalidError("has passed already", field="until")
        async with database.transaction() as tx:
            pause = await add_pause(
                tx, new.scope, reason=new.reason, actor=caller.name, until=new.until
            )
            if caller.workspace_id is None:
                await tx.execute(SQL.lock_pause, pause.id)
            await audit.record(tx, caller, _change("created", caller, pause, after=_plain(pause)))
        return asdict(pause)

    @router.delete(
        "/pauses/{pause_id}",
        status_code=200,
        summary="Let a scope go on",
        response_model=PauseAnswer,
    )
    async def remove_pause(caller: Operator, pause_id: UUID) -> dict[str, Any]:
        sees = await scopes.seen_by(caller)
        async with database.transaction() as tx:
            pause = await get_pause(tx, pause_id)
            if pause is None or not sees(pause.scope):
                raise NotFoundError("pause")
            if caller.workspace_id is not None and await tx.fetchval(SQL.is_locked, pause_id):
                raise ForbiddenError(
                    f"{pause.actor} holds this for a reason beyond the workspace: only somebody who answers for all"
                    " workspaces can lift it"
                )
            await delete_pause(tx, pause_id)
            await audit.record(tx, caller, _change("deleted", caller, pause, before=_plain(pause)))
        wake()
        return asdict(pause)

    return router


class Scopes:
    """Which scopes are whose."""

    def __init__(self, database: Database, holdings: Holdings) -> None:
        self._database = database
        self._holdings = holdings

    async def seen_by(self, caller: Caller) -> Callable[[str], bool]:
        """A test for scopes: a workspace's are itself, its connections and its destinations."""
        if caller.workspace_id is None:
            return lambda scope: True
        rows = await self._database.pool.fetch(self._holdings.scopes, caller.workspace_id)
        own = {f"workspace:{caller.workspace_id}", *(row["scope"] for row in rows)}
        return own.__contains__


def _change(
    action: str,
    caller: Caller,
    pause: Pause,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Change:
    kind, _, name = pause.scope.partition(":")
    return Change(
        f"pause.{action}",
        f"pause:{pause.id}",
        reason=pause.reason if after else None,
        before=before,
        after=after,
        workspace_id=UUID(name) if kind == "workspace" else caller.workspace_id,
    )


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

"""Deletes a workspace: in small batches, and going on wherever it was left off."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from leadstream.api import Caller, Change, PostgresAudit, Role
from leadstream.pauses import add_pause, lift
from leadstream.postgres import UNAVAILABLE, Database, Tx
from leadstream.removal.holdings import SQL, Holdings, Step, all_steps

log = logging.getLogger(__name__)
REASON: Final = "workspace deleted"
REST: Final = timedelta(seconds=10)
# While somebody else's batch, or a running job, is waited for.
SHORT_REST: Final = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    done: bool
    running_jobs: int
    deleted: Mapping[str, int]


class Remover:
    def __init__(self, database: Database, holdings: Holdings) -> None:
        self._database = database
        self._holdings = holdings
        self._steps = all_steps(holdings.steps)
        self._audit = PostgresAudit()

    async def count(self, workspace_id: UUID) -> dict[str, int]:
        """How many rows it has, by table."""
        pool = self._database.pool
        own = await pool.fetch(self._holdings.count, workspace_id)
        shared = await pool.fetch(SQL.count_shared, workspace_id)
        return {row["what"]: row["rows"] for row in [*own, *shared]}

    async def has_begun(self, workspace_id: UUID) -> bool:
        """Tell whether it is being deleted now."""
        row = await self._database.pool.fetchrow(SQL.get_removal, workspace_id)
        return row is not None and row["ended_at"] is None

    async def begin(self, caller: Caller, workspace_id: UUID) -> None:
        """From here on none of its jobs begins, and no record of it is taken in."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(self._holdings.scopes, workspace_id)
            scopes = [row["scope"] for row in rows]
            begun = await tx.fetchval(
                SQL.begin_removal, workspace_id, caller.name, caller.reason, scopes
            )
            if begun is None:
                return
            pause = await add_pause(tx, _scope(workspace_id), reason=REASON, actor="removal")
            await tx.execute(SQL.lock_pause, pause.id)
            await self._audit.record(tx, caller, _change("removal_begun", workspace_id))

    async def advance(self, workspace_id: UUID, *, patience: timedelta) -> Progress:
        """Go on until it is done, or for so long."""
        until = time.monotonic() + patience.total_seconds()
        while True:
            running = await self._database.pool.fetchval(SQL.count_running, workspace_id)
            went_on = not running and await self._step(workspace_id)
            row = await self._database.pool.fetchrow(SQL.get_removal, workspace_id)
            done = row is None or row["ended_at"] is not None
            if done or time.monotonic() >= until:
                deleted = row["deleted"] if row else {}
                return Progress(done=done, running_jobs=running, deleted=deleted)
            if not went_on:
                await asyncio.sleep(SHORT_REST.total_seconds())

    async def run(self, stop: asyncio.Event) -> None:
        """End what was begun, should nobody ask for it again."""
        while not stop.is_set():
            try:
                for row in await self._database.pool.fetch(SQL.open_removals):
                    await self.advance(row["workspace_id"], patience=timedelta(seconds=1))
            except UNAVAILABLE as exc:
                log.warning("removal.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), REST.total_seconds())

    async def _step(self, workspace_id: UUID) -> bool:
        """One batch; False if somebody else is at it."""
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(SQL.lock_removal, workspace_id)
            if row is None:
                return False
            names = [step.name for step in self._steps]
            at = names.index(row["step"]) if row["step"] in names else 0
            deleted, after = await _take(tx, self._steps[at], workspace_id, row["after"])
            so_far = row["deleted"]
            total = so_far | {names[at]: so_far.get(names[at], 0) + deleted} if deleted else so_far
            if after is None:
                at += 1
            if at == len(names):
                await self._end(tx, row, total)
            else:
                await tx.execute(SQL.note_progress, workspace_id, names[at], after or None, total)
        return True

    async def _end(self, tx: Tx, row: Any, deleted: Mapping[str, int]) -> None:
        workspace_id = row["workspace_id"]
        await tx.execute(SQL.note_progress, workspace_id, None, None, deleted)
        await tx.execute(SQL.end_removal, workspace_id)
        await tx.execute(SQL.lift_scopes, row["scopes"])
        await lift(tx, _scope(workspace_id))
        change = _change("deleted", workspace_id, reason=row["reason"], after=deleted)
        await self._audit.record(tx, Caller(row["actor"], Role.ADMIN), change)
        log.info(
            "workspace.deleted", extra={"workspace_id": str(workspace_id), "rows": dict(deleted)}
        )


async def _take(
    tx: Tx, step: Step, workspace_id: UUID, after: str | None
) -> tuple[int, str | None]:
    """How many rows went, and where to go on within the step: None when it is done, "" at its beginning."""
    if step.walks:
        row: Any = await tx.fetchrow(step.statement, workspace_id, step.limit, after)
        return row["deleted"], row["after"]
    deleted: int = await tx.fetchval(step.statement, workspace_id, step.limit)
    return deleted, "" if deleted >= step.limit else None


def _scope(workspace_id: UUID) -> str:
    return f"workspace:{workspace_id}"


def _change(
    action: str,
    workspace_id: UUID,
    *,
    reason: str | None = None,
    after: Mapping[str, int] | None = None,
) -> Change:
    return Change(
        f"workspace.{action}",
        _scope(workspace_id),
        reason=reason,
        after=after,
        workspace_id=workspace_id,
    )

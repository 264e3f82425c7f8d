"""Erasures as they go: begun at once, gone on with in batches, and after a crash from where they were."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from leadstream.erasure.store import SQL, Person, is_known, remember
from leadstream.erasure.sweeps import SHARED_SWEEPS, Part, Sweep, Swept
from leadstream.postgres import UNAVAILABLE, Database, Tx

log = logging.getLogger(__name__)
SECONDS = 10.0


class _DryRunError(Exception):
    """Rolls back what was only tried."""


class Erasures:
    """Erasing takes as long as it takes, and holds up nobody: intake waits for its beginning only.

    What is stored after that beginning is stored without the person, so one look at each row is enough.
    """

    def __init__(self, database: Database, sweeps: Sequence[Sweep]) -> None:
        self.database = database
        self._sweeps = {sweep.name: sweep for sweep in (*sweeps, *SHARED_SWEEPS)}

    async def begin(self, tx: Tx, erasure_id: UUID, person: Person, *, dry_run: bool) -> None:
        known = await is_known(tx, person) if dry_run else not await remember(tx, person)
        first = next(iter(self._sweeps))
        where = (person.email, person.workspace_id)
        await tx.execute(SQL.begin_erasure, erasure_id, *where, dry_run, known, first)

    async def run(self, stop: asyncio.Event) -> None:
        """Go on with what others have begun, and not finished."""
        while not stop.is_set():
            try:
                await self._go_on_with_all(stop)
            except UNAVAILABLE as exc:
                log.warning("erasures.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

    async def _go_on_with_all(self, stop: asyncio.Event) -> None:
        for row in await self.database.pool.fetch(SQL.unfinished_erasures):
            while not stop.is_set() and await self._batch(row["id"]):
                pass

    async def go_on(self, erasure_id: UUID, *, seconds: float) -> bool:
        """Erase for so long at most; say whether it is done."""
        ends = time.monotonic() + seconds
        while await self._batch(erasure_id):
            if time.monotonic() > ends:
                return False
        return True

    async def _batch(self, erasure_id: UUID) -> bool:
        """Look through one part of one table; say whether there is more."""
        async with self.database.looking() as tx:
            row = await tx.fetchrow(SQL.lock_erasure, erasure_id)
            if row is None:
                return False
            # Of another release, perhaps: then from the beginning, for twice is the same as once.
            sweep = self._sweeps.get(row["sweep"]) or next(iter(self._sweeps.values()))
            part = await sweep.part(tx, row["after"], row["found"])
            swept = await _sweep(tx, sweep, row, part)
            removed = _sum(row["removed"], swept.removed)
            upcoming = sweep.name if part.until is not None else self._after(sweep)
            if upcoming is None:
                await tx.execute(SQL.finish_erasure, erasure_id, removed)
                await tx.execute(SQL.tell_audit, target_of(erasure_id), removed)
                return False
            found = [*row["found"], *swept.found]
            after = None if part.until is None else str(part.until)
            await tx.execute(SQL.save_progress, erasure_id, removed, found, upcoming, after)
            return True

    def _after(self, sweep: Sweep) -> str | None:
        names = list(self._sweeps)
        place = names.index(sweep.name) + 1
        return names[place] if place < len(names) else None


async def _sweep(tx: Tx, sweep: Sweep, erasure: Any, part: Part) -> Swept:
    person = Person(email=erasure["email"], workspace_id=erasure["workspace_id"])
    try:
        async with tx.transaction():
            swept = await sweep.erase(tx, person, part)
            if erasure["dry_run"]:
                raise _DryRunError
    except _DryRunError:
        pass
    return swept


def target_of(erasure_id: UUID) -> str:
    """What the audit calls it."""
    return f"erasure:{erasure_id}"


def _sum(some: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: some.get(name, 0) + more.get(name, 0) for name in {**some, **more}}

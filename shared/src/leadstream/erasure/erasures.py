"""Erasures as they go: begun at once, gone on with in batches, and after a crash from where they were."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadstream.erasure.elsewhere import Elsewhere, Nowhere
from leadstream.erasure.receipts import add_entries
from leadstream.erasure.store import SQL, Kind, Person, is_known, remember
from leadstream.erasure.sweeps import SHARED_SWEEPS, Part, Sweep, Swept, name_after, united
from leadstream.postgres import UNAVAILABLE, Database, Tx

log = logging.getLogger(__name__)
SECONDS = 10.0


class _DryRunError(Exception):
    """Rolls back what was only tried."""


class OtherErasureError(Exception):
    """There is one of this id already, of somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An erasure, or an objection, that somebody wants. The same id again is the same erasure."""

    id: UUID
    # What it is a part of: its own id, where nothing else.
    receipt_id: UUID
    person: Person
    dry_run: bool = False
    kind: Kind = Kind.ERASED


class Erasures:
    """Erasing takes as long as it takes, and holds up nobody: intake waits for its beginning only.

    What is stored after that beginning is stored without the person, so one look at each row is enough. An objection is
    the same, of those tables only that hold what is still to be told.
    """

    def __init__(
        self, database: Database, sweeps: Sequence[Sweep], elsewhere: Elsewhere | None = None
    ) -> None:
        self.database = database
        self.elsewhere = elsewhere or Nowhere()
        self.sweeps = (*sweeps, *SHARED_SWEEPS)
        self._sweeps: Mapping[Kind, Mapping[str, Sweep]] = {
            Kind.ERASED: {sweep.name: sweep for sweep in self.sweeps},
            Kind.OBJECTED: {sweep.name: sweep for sweep in self.sweeps if sweep.withhold},
        }

    async def begin(self, tx: Tx, asked: Asked) -> bool:
        """Say whether it is new; raise OtherErasureError."""
        person = asked.person
        where = (person.email, person.workspace_id)
        there = await tx.fetchrow(SQL.same_erasure, asked.id, *where)
        if there is not None:
            if not there["is_same"] or asked.dry_run:
                raise OtherErasureError
            return False
        what = (person, asked.kind)
        known = await is_known(tx, *what) if asked.dry_run else not await remember(tx, *what)
        first = next(iter(self._sweeps[asked.kind]))
        more = (asked.dry_run, known, first, asked.receipt_id, asked.kind.value)
        await tx.execute(SQL.begin_erasure, asked.id, *where, *more)
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Go on with what others have begun, and not finished."""
        await go_on_with(self._go_on_with_all, stop)

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
            sweeps = self._sweeps[Kind(row["kind"])]
            sweep = sweeps.get(row["sweep"]) or next(iter(sweeps.values()))
            part = await sweep.part(tx, row["after"], found=row["found"], erasure_id=erasure_id)
            swept = await _sweep(tx, sweep, row, part)
            so_far = Swept(row["removed"], row["found"], row["elsewhere"])
            swept = united([so_far, swept])
            upcoming = sweep.name if part.until is not None else name_after(sweep, sweeps)
            if upcoming is None:
                await self._finish(tx, row, swept)
                return False
            after = None if part.until is None else str(part.until)
            progress = (swept.removed, swept.elsewhere, swept.found, upcoming, after)
            await tx.execute(SQL.save_progress, erasure_id, *progress)
            return True

    async def _finish(self, tx: Tx, row: Any, swept: Swept) -> None:
        await tx.execute(SQL.finish_erasure, row["id"], swept.removed, swept.elsewhere)
        await tx.execute(SQL.tell_audit, target_of(row["id"]), swept.removed)
        # An objection takes back nothing that others have, and needs no proof that something is gone.
        if row["dry_run"] or row["kind"] == Kind.OBJECTED:
            return
        begun = await self.elsewhere.begin(tx, row["id"], row["receipt_id"], _person(row))
        content = {
            "entry": "erased",
            "erasure": str(row["id"]),
            "service": self.database.schema,
            "person": row["digest"].hex() if row["digest"] else None,
            "workspace_id": str(row["workspace_id"]) if row["workspace_id"] else None,
            "known": row["known"],
            "removed": {what: rows for what, rows in swept.removed.items() if rows},
            "elsewhere": list(begun),
        }
        await add_entries(tx, [(row["receipt_id"], content)])


async def go_on_with(work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    """Look for work now and then, until `stop`; Postgres away is nothing that ends it."""
    while not stop.is_set():
        try:
            await work(stop)
        except UNAVAILABLE as exc:
            log.warning("erasures.postgres_unavailable", extra={"error": repr(exc)})
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SECONDS)


async def _sweep(tx: Tx, sweep: Sweep, erasure: Any, part: Part) -> Swept:
    try:
        async with tx.transaction():
            swept = await sweep.take_out(tx, _person(erasure), part, Kind(erasure["kind"]))
            if erasure["dry_run"]:
                raise _DryRunError
    except _DryRunError:
        pass
    return swept


def _person(row: Any) -> Person:
    return Person(email=row["email"], workspace_id=row["workspace_id"])


def target_of(erasure_id: UUID) -> str:
    """What the audit calls it."""
    return f"erasure:{erasure_id}"

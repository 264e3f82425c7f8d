"""People who are known by a hash only, looked for in all tables: what an erasure after a restore begins with.

Nobody can be found by a hash. So every address that there is, is hashed, with each salt that hashes were made with.
"""

import asyncio
import time
from typing import Any
from uuid import UUID

from leadstream.erasure.erasures import Asked, Erasures, go_on_with
from leadstream.erasure.receipts import SQL, add_entries
from leadstream.erasure.store import Kind, known_among
from leadstream.erasure.sweeps import Part, Sweep, name_after
from leadstream.ids import new_id
from leadstream.postgres import Tx

# Rows whose addresses are looked up at once. Fewer than an erasure looks through: of each all the text is read.
SIZE = 500


class Searches:
    """Looks through what the erasures would, and begins one for whoever should not be there."""

    def __init__(self, erasures: Erasures) -> None:
        self.database = erasures.database
        self._erasures = erasures
        self._sweeps = {each.name: each for each in erasures.sweeps if each.addresses}

    async def begin(self, tx: Tx, search_id: UUID) -> bool:
        """Say whether it is new: the same id again is the same search."""
        made = await tx.fetchval(SQL.begin_search, search_id, next(iter(self._sweeps)))
        return made is not None

    async def run(self, stop: asyncio.Event) -> None:
        """Go on with what others have begun, and not finished."""
        await go_on_with(self._go_on_with_all, stop)

    async def _go_on_with_all(self, stop: asyncio.Event) -> None:
        for row in await self.database.pool.fetch(SQL.unfinished_searches):
            while not stop.is_set() and await self._batch(row["id"]):
                pass

    async def go_on(self, search_id: UUID, *, seconds: float) -> bool:
        """Search for so long at most; say whether it is done."""
        ends = time.monotonic() + seconds
        while await self._batch(search_id):
            if time.monotonic() > ends:
                return False
        return True

    async def _batch(self, search_id: UUID) -> bool:
        async with self.database.looking() as tx:
            row = await tx.fetchrow(SQL.lock_search, search_id)
            if row is None:
                return False
            sweep = self._sweeps.get(row["sweep"]) or next(iter(self._sweeps.values()))
            part = await sweep.part(tx, row["after"], size=SIZE)
            found = row["found"] + await self._erase_again(tx, row, sweep, part)
            upcoming = sweep.name if part.until is not None else name_after(sweep, self._sweeps)
            if upcoming is None:
                await tx.execute(SQL.finish_search, search_id, found)
                await add_entries(tx, [(search_id, self._entry(found))])
                return False
            after = None if part.until is None else str(part.until)
            await tx.execute(SQL.save_search, search_id, found, upcoming, after)
            return True

    async def _erase_again(self, tx: Tx, search: Any, sweep: Sweep, part: Part) -> int:
        begun = 0
        for kind, person in await known_among(tx, await sweep.addresses_in(tx, part)):
            who = (person.email, person.workspace_id, kind.value)
            # Whoever has objected stays here, and is found in part after part: once is enough.
            if await tx.fetchval(SQL.was_begun, search["id"], *who):
                continue
            asked = Asked(id=new_id(), receipt_id=search["id"], person=person, kind=kind)
            await self._erasures.begin(tx, asked)
            begun += kind is Kind.ERASED
        return begun

    def _entry(self, found: int) -> dict[str, Any]:
        return {"entry": "searched", "service": self.database.schema, "found": found}

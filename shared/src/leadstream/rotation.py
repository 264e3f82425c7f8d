"""Encrypts all that is sealed with the newest key, so that older keys can be thrown away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from leadstream.crypto import Cell, Keyring, UndecryptableError
from leadstream.postgres import Database

BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """How many were encrypted anew, and how many need a key that is not there any more."""

    changed: int
    unreadable: int
    # The last row looked at; None when there are no more.
    last: UUID | None = None


class SealedPlace(Protocol):
    """Encrypted values, for changing the key they are encrypted with."""

    async def rewrap_batch(self, after: UUID, limit: int) -> Rewrapped:
        """Encrypt up to `limit` rows after an id with the current key, where they are not yet."""


class SealedColumn:
    """A column of a table with `id` and `workspace_id`.

    `after` takes an id and how many rows at most, and gives `id`, `workspace_id` and `sealed` in order. `replace` takes
    an id, what was read and what is to be there instead: what somebody has changed meanwhile stays.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        table: str,
        column: str,
        *,
        after: str,
        replace: str,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._table = table
        self._column = column
        self._after = after
        self._replace = replace

    async def rewrap_batch(self, after: UUID, limit: int) -> Rewrapped:
        pool = self._database.pool
        rows = await pool.fetch(self._after, after, limit)
        changed = unreadable = 0
        for row in rows:
            cell = Cell(row["workspace_id"], self._table, self._column, row["id"])
            try:
                fresh = self._keyring.rewrap(row["sealed"], cell)
            except UndecryptableError:
                unreadable += 1
                continue
            if fresh is not None:
                status = await pool.execute(self._replace, row["id"], row["sealed"], fresh)
                changed += int(status.split()[-1])
        last = rows[-1]["id"] if len(rows) == limit else None
        return Rewrapped(changed=changed, unreadable=unreadable, last=last)


async def rotate_all(places: Iterable[SealedPlace]) -> Rewrapped:
    """One place after the other."""
    done = [await rotate_keys(sealed) for sealed in places]
    return Rewrapped(
        changed=sum(each.changed for each in done), unreadable=sum(each.unreadable for each in done)
    )


async def rotate_keys(sealed: SealedPlace) -> Rewrapped:
    """Go through all of a place, some at a time. Doing it twice, or in two places, does no harm."""
    changed = unreadable = 0
    after: UUID | None = UUID(int=0)
    while after is not None:
        batch = await sealed.rewrap_batch(after, BATCH)
        changed += batch.changed
        unreadable += batch.unreadable
        after = batch.last
    return Rewrapped(changed=changed, unreadable=unreadable)

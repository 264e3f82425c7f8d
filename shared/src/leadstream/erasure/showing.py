"""All that a service has of a person, looked up where an erasure would look: page after page, and kept nowhere."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadstream.erasure.store import Person
from leadstream.erasure.sweeps import Sweep, name_after
from leadstream.postgres import Database, Tx

# Rows looked through at once: few enough that a person who is in each of them is no answer too large.
SIZE = 1_000
# A page is no longer than this, and what one more part has.
ENOUGH = 500
_BIGINT = 2**63


class UnknownPlaceError(Exception):
    """There is nothing to go on from at this place."""


@dataclass(frozen=True, slots=True)
class Shown:
    rows: Sequence[Any]
    # Where to go on; None: that was all.
    upcoming: str | None


class Showing:
    def __init__(self, database: Database, sweeps: Sequence[Sweep]) -> None:
        self._database = database
        self._sweeps = {sweep.name: sweep for sweep in sweeps}

    async def show(self, person: Person, place: str | None, *, seconds: float) -> Shown:
        """Look from a place on, for so long at most; raise UnknownPlaceError."""
        ends = time.monotonic() + seconds
        sweep, after = self._read(place)
        rows: list[Any] = []
        while True:
            async with self._database.looking() as tx:
                found, until = await _part(tx, sweep, person, after)
            rows += found
            name = sweep.name if until else name_after(sweep, self._sweeps)
            if name is None:
                return Shown(rows, None)
            if len(rows) >= ENOUGH or time.monotonic() > ends:
                return Shown(rows, f"{name}:{until or ''}")
            sweep, after = self._sweeps[name], until

    def _read(self, place: str | None) -> tuple[Sweep, str | None]:
        name, _, after = (place or next(iter(self._sweeps))).partition(":")
        sweep = self._sweeps.get(name)
        if sweep is None:
            raise UnknownPlaceError
        try:
            key = type(sweep.first)(after) if after else sweep.first
        except ValueError as exc:
            raise UnknownPlaceError from exc
        if isinstance(key, int) and not 0 <= key < _BIGINT:
            raise UnknownPlaceError
        return sweep, after or None


async def _part(
    tx: Tx, sweep: Sweep, person: Person, after: str | None
) -> tuple[list[Any], str | None]:
    part = await sweep.part(tx, after, size=SIZE)
    return await sweep.shown(tx, person, part), None if part.until is None else str(part.until)

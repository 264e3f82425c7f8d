"""Which subjects are in trouble, as a process knows it: most are not, and their successes need not be asked about."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from leadstream.outbox import OutboxEvent
from leadstream.postgres import UNAVAILABLE, Database, Tx
from leadstream.troubles.store import SQL, Trouble, begin_troubles, end_troubles

log = logging.getLogger(__name__)
# A trouble that another replica has begun is known here so much later; mended sooner, it ends with a later success.
SECONDS = 5.0


class KnownTroubles:
    def __init__(self, database: Database) -> None:
        self._database = database
        # None: nobody has looked yet.
        self._subjects: set[UUID] | None = None

    async def begin(self, tx: Tx, troubles: Sequence[Trouble]) -> list[OutboxEvent]:
        if self._subjects is not None:
            self._subjects |= {each.subject_id for each in troubles}
        return await begin_troubles(tx, troubles)

    async def end(self, tx: Tx, well: Mapping[UUID, datetime]) -> list[OutboxEvent]:
        """As `end_troubles`, which costs nothing where nothing is known."""
        known = self._subjects
        return await end_troubles(
            tx, {each: at for each, at in well.items() if known is None or each in known}
        )

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                rows = await self._database.pool.fetch(SQL.subjects_in_trouble)
                self._subjects = {row["subject_id"] for row in rows}
            except UNAVAILABLE as exc:
                log.warning("troubles.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

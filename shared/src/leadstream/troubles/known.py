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
        # Begun here since the last look, which may not have seen them.
        self._begun: set[UUID] = set()

    async def begin(self, tx: Tx, troubles: Sequence[Trouble]) -> list[OutboxEvent]:
        self._begun |= {each.subject_id for each in troubles}
        return await begin_troubles(tx, troubles)

    async def end(self, tx: Tx, well: Mapping[UUID, datetime]) -> list[OutboxEvent]:
        """As `end_troubles`, which costs nothing where nothing is known."""
        return await end_troubles(
            tx, {each: at for each, at in well.items() if self._may_be_known(each)}
        )

    def _may_be_known(self, subject_id: UUID) -> bool:
        return self._subjects is None or subject_id in self._subjects or subject_id in self._begun

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                begun, self._begun = self._begun, set()
                rows = await self._database.pool.fetch(SQL.subjects_in_trouble)
                # What had begun before the look may not have been committed by then.
                self._subjects = begun | {row["subject_id"] for row in rows}
            except UNAVAILABLE as exc:
                log.warning("troubles.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

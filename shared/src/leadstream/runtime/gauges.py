"""Figures that are looked up, not counted: refreshed every few seconds."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from leadstream.jobs.kinds import JobKind, provider_scopes
from leadstream.observability.metrics import (
    JOB_OLDEST_READY_SECONDS,
    JOB_OLDEST_UNHELD_SECONDS,
    JOBS,
    OUTBOX_OLDEST_SECONDS,
    OUTBOX_ROWS,
    PAUSES,
    PAUSES_BY_REASON,
)
from leadstream.outbox.store import SQL as OUTBOX_SQL
from leadstream.pauses import PauseBoard
from leadstream.postgres import UNAVAILABLE, Database, load_queries

log = logging.getLogger(__name__)
SQL = load_queries("leadstream.runtime", "gauges.sql")
SECONDS = 5.0
STATES = ("ready", "running", "failed")


class Gauges:
    def __init__(
        self,
        database: Database,
        board: PauseBoard,
        kinds: Sequence[JobKind],
        *,
        only_dead_letters: bool = False,
    ) -> None:
        self._database = database
        self._board = board
        self._kinds = list(kinds)
        self._only_dead_letters = only_dead_letters

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.refresh()
            except UNAVAILABLE as exc:
                log.warning("gauges.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SECONDS)

    async def refresh(self) -> None:
        await self._look_at_jobs()
        row = await self._database.pool.fetchrow(OUTBOX_SQL.outbox_size, self._only_dead_letters)
        if row is not None:
            OUTBOX_ROWS.set(row["rows"])
            OUTBOX_OLDEST_SECONDS.set(float(row["oldest_seconds"]))
        PAUSES.clear()
        for scope_kind, count in self._board.counts().items():
            PAUSES.labels(scope_kind).set(count)
        PAUSES_BY_REASON.clear()
        for labels, count in self._board.reasons().items():
            PAUSES_BY_REASON.labels(*labels).set(count)

    async def _look_at_jobs(self) -> None:
        rows = await self._database.pool.fetch(SQL.job_counts)
        counts = {(r["kind"], r["state"]): (r["count"], r["oldest_seconds"]) for r in rows}
        names = {kind.name for kind in self._kinds}
        for kind in {*names, *(kind for kind, _ in counts)}:
            for state in STATES:
                JOBS.labels(kind, state).set(counts.get((kind, state), (0, None))[0])
            oldest = counts.get((kind, "ready"), (0, None))[1]
            JOB_OLDEST_READY_SECONDS.labels(kind).set(float(oldest or 0))
        free = [kind.name for kind in self._kinds if not self._board.held(kind.scopes)]
        held = self._board.held_scopes()
        unheld = await self._database.pool.fetch(
            SQL.oldest_unheld, free, held, provider_scopes(self._kinds)
        )
        seconds = {row["kind"]: float(row["oldest_seconds"]) for row in unheld}
        for name in names:
            JOB_OLDEST_UNHELD_SECONDS.labels(name).set(seconds.get(name, 0))

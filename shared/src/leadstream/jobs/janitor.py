"""Takes back what lost workers had claimed, and lets finished jobs go when they are old."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Expired, Ledger
from leadstream.jobs.model import Failed, JobState, Problem, Settled
from leadstream.outbox import add_events
from leadstream.postgres import UNAVAILABLE, Database, Tx

log = logging.getLogger(__name__)
MAX_REST = timedelta(seconds=10)
# Workers look every second whether leases are to be renewed.
LONGEST_PATIENCE = timedelta(seconds=3)


class Janitor:
    """Runs in every replica: leases are taken back row by row, so it does not matter who does it."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        database: Database,
        ledger: Ledger,
        kinds: Sequence[JobKind],
        *,
        lease: timedelta,
        retention: timedelta,
        on_expired: Callable[[str], None] = lambda kind: None,
        on_given_up: Callable[[str], None] = lambda kind: None,
        on_jobs: Callable[[], None] = lambda: None,
        on_outbox: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._kinds = {kind.name: kind for kind in kinds}
        self._retention = retention
        # Often enough that a short lease is noticed soon after it ran out.
        self._rest = min(MAX_REST, lease / 4)
        self._patience = min(LONGEST_PATIENCE, lease / 2).total_seconds()
        self._on_expired = on_expired
        self._on_given_up = on_given_up
        self._on_jobs = on_jobs
        self._on_outbox = on_outbox

    async def run(self, stop: asyncio.Event) -> None:
        # While Postgres was away nobody could renew a lease: workers that live do so first, once it answers again. Nor
        # does a process that has just come up know since when it does.
        answers_since: float | None = None
        while not stop.is_set():
            try:
                if answers_since is not None and time.monotonic() >= answers_since + self._patience:
                    await self.reclaim()
                await self._ledger.delete_finished(self._retention)
                if answers_since is None:
                    answers_since = time.monotonic()
            except UNAVAILABLE as exc:
                answers_since = None
                log.warning("janitor.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._rest.total_seconds())

    async def reclaim(self) -> None:
        """Take back every job whose lease has run out."""
        async with self._database.transaction() as tx:
            expired = await self._ledger.reclaim_expired(tx)
            await self._record_failed(tx, [each for each in expired if each.failed])
        for each in expired:
            self._on_expired(each.job.kind)
            if each.failed:
                self._on_given_up(each.job.kind)
            log.warning(
                "job.lease_expired",
                extra={"job_id": str(each.job.id), "kind": each.job.kind, "lost": each.job.lost},
            )
        if expired:
            self._on_jobs()
            self._on_outbox()

    async def _record_failed(self, tx: Tx, expired: Sequence[Expired]) -> None:
        now = datetime.now(UTC)
        problem = Problem(error_class="worker_lost", message="the worker died at every attempt")
        for name, kind in self._kinds.items():
            settled = [
                Settled(
                    job=each.job,
                    outcome=Failed(problem=problem),
                    state=JobState.FAILED,
                    attempts=each.job.attempts,
                    started_at=now,
                    finished_at=now,
                )
                for each in expired
                if each.job.kind == name
            ]
            if settled:
                await add_events(tx, await kind.recorder(tx, settled))

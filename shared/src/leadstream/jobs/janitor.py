"""Takes back what lost workers had claimed, and ends what waited too long."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import timedelta

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, Problem
from leadstream.pauses import PauseBoard
from leadstream.postgres import UNAVAILABLE

log = logging.getLogger(__name__)
MAX_REST = timedelta(seconds=2)
# Workers renew leases and take their session lock anew within this time, once Postgres answers.
LONGEST_PATIENCE = timedelta(seconds=3)

LOST = Problem(error_class="worker_lost", message="the worker died at every attempt")


class Janitor:
    """Runs in every replica: leases are taken back row by row, so it does not matter who does it."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        ledger: Ledger,
        board: PauseBoard,
        kinds: Sequence[JobKind],
        *,
        lease: timedelta,
        give_up: Callable[[Sequence[Job], Problem], None],
        on_expired: Callable[[str], None],
        on_jobs: Callable[[], None],
    ) -> None:
        """`give_up` settles jobs under a lease of this process as failed, without an attempt."""
        self._ledger = ledger
        self._board = board
        self._kinds = list(kinds)
        # Often enough that a short lease is noticed soon after it ran out.
        self._rest = min(MAX_REST, lease / 4)
        self._patience = min(LONGEST_PATIENCE, lease / 2)
        self._give_up = give_up
        self._on_expired = on_expired
        self._on_jobs = on_jobs
        # Workers whose session is gone, and since when (monotonic seconds): it may only have been cut.
        self._gone: dict[int, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        # While Postgres was away, or took nothing, nobody could renew a lease: workers that live do so first, once it
        # takes something again. Nor does a process that has just come up know since when it does.
        writes_since: float | None = None
        patience = self._patience.total_seconds()
        while not stop.is_set():
            try:
                gone = await self._long_gone()
                if writes_since is None:
                    # A write, as what is waited for is: what is read shows nothing while a disk is full.
                    await self._ledger.put_off_expiry(self._patience)
                    writes_since = time.monotonic()
                elif time.monotonic() >= writes_since + patience:
                    await self.reclaim(gone)
                    await self.end_outworn()
                    await self._ledger.group_failed()
            except UNAVAILABLE as exc:
                writes_since = None
                self._gone.clear()
                log.warning("janitor.postgres_unavailable", extra={"error": repr(exc)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._rest.total_seconds())

    async def reclaim(self, gone: Collection[int] = ()) -> None:
        """Take back every job whose lease has run out, or whose worker is gone."""
        waiting, ending = await self._ledger.reclaim(gone)
        self._give_up(ending, LOST)
        for job in [*waiting, *ending]:
            self._on_expired(job.kind)
            log.warning(
                "job.lease_expired",
                extra={"job_id": str(job.id), "kind": job.kind, "lost": job.lost},
            )
        if waiting:
            self._on_jobs()

    async def _long_gone(self) -> list[int]:
        now = time.monotonic()
        gone = await self._ledger.owners_gone()
        self._gone = {owner: self._gone.get(owner, now) for owner in gone}
        patience = self._patience.total_seconds()
        return [owner for owner, since in self._gone.items() if now >= since + patience]

    async def end_outworn(self) -> None:
        """Patience with an outage is long, and has an end that people see."""
        for kind in self._kinds:
            scopes = self._board.circuits_older_than(kind.outage_patience)
            ours = [s for s in scopes if not kind.provider_scope or s == kind.provider_scope]
            if not ours:
                continue
            for job in await self._ledger.claim_outworn(kind, ours):
                circuit = self._board.circuit(kind.circuit_scope(job.lane) or "")
                waited = f"not answered for {kind.outage_patience.total_seconds() / 3600:g} hours"
                said = circuit.detail if circuit else None
                message = ": ".join(filter(None, (waited, said)))
                self._give_up([job], Problem(error_class="outage", message=message))

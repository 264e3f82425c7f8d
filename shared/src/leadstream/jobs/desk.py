"""One kind of job in one process: its slots, its claims, and whether anything waits."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leadstream.jobs.claimer import LONG_WAIT, Batch, Claimer, Share
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.lanes import Lanes
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, NewJob
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was made of jobs that had been reserved for: attempts to start, and jobs that must wait after all."""

    batches: Sequence[Batch]
    left: Sequence[Job]


class Desk:
    def __init__(
        self, database: Database, ledger: Ledger, board: PauseBoard, kind: JobKind
    ) -> None:
        self.kind = kind
        group = kind.grouping.largest if kind.grouping else 1
        self.lanes = Lanes(kind.concurrency, kind.lane_concurrency, group=group)
        self.wake = asyncio.Event()
        self._board = board
        self._claimer = Claimer(database, ledger, board, kind, lanes=self.lanes)
        # Whether the last look left nothing that waits, so that what is new has nobody before it.
        self._is_quiet = False

    async def claim(self, *, is_late: bool = False) -> tuple[list[Batch], float]:
        """Take slots for what waits; return what to start, and how many seconds the next look can wait at most.

        `is_late`: there is no processor for more. One at most begins, and until the next look nothing with its commit.
        """
        self.wake.clear()
        self._is_quiet = False
        batches, wait = await self._claimer.claim(1 if is_late else self.lanes.free)
        for batch in batches:
            self.lanes.start(batch.lane)
        self._is_quiet = wait >= LONG_WAIT and self.lanes.free > 0 and not is_late
        return batches, wait

    def close(self) -> None:
        """Reserve nothing any more."""
        self._is_quiet = False

    def reserve(self, jobs: Sequence[NewJob]) -> list[Share]:
        """Take slots for jobs that are about to be added, where nothing waits before them, in the order of a claim."""
        if not self._is_quiet or self.wake.is_set():
            return []
        now = datetime.now(UTC)
        shares = self._claimer.share([job for job in jobs if self._may_start(job, now)])
        # What gets none waits from now on, and so may what falls due while all slots are taken.
        placed = sum(len(share.jobs) for share in shares)
        self._is_quiet = placed == len(jobs) and self.lanes.free > 0
        return shares

    def _may_start(self, job: NewJob, now: datetime) -> bool:
        is_due = job.run_at is None or job.run_at <= now
        collects = self._claimer.collects(job.lane)
        return is_due and not collects and not self._board.held(self.kind.scopes_of(job))

    def give_up(self, share: Share, slots: int | None = None) -> None:
        """Give slots back that nothing was started in: all of them, or so many."""
        for _ in range(share.slots if slots is None else slots):
            self.end(share.lane, well=None)

    def end(self, lane: str, *, well: bool | None) -> None:
        """Take a slot back, and look again if more of the lane waits for it; `well` as for `Lanes.end`."""
        if self.lanes.end(lane, well=well):
            self.wake.set()

    async def open(self, shares: Sequence[tuple[Share, Sequence[Job]]]) -> Opened:
        """Part the jobs, which are added by now, into attempts, one in each slot, as far as the pace allows."""
        try:
            parted = [
                (share, await self._claimer.groups(share.lane, jobs)) for share, jobs in shares
            ]
            wanted = sum(min(share.slots, len(groups)) for share, groups in parted)
            tokens = await self._claimer.take(wanted)
        except Exception as exc:  # noqa: BLE001 - of a bug, whoever claims what is handed back ends the process
            log.warning("desk.opened_nothing", extra={"error": repr(exc)})
            self._is_quiet = False
            for share, _ in shares:
                self.give_up(share)
            return Opened([], [job for _, jobs in shares for job in jobs])
        if tokens < wanted:
            self._is_quiet = False
        batches: list[Batch] = []
        left: list[Batch] = []
        for share, groups in parted:
            count = min(share.slots, len(groups), tokens - len(batches))
            batches += groups[:count]
            left += groups[count:]
            self.give_up(share, share.slots - count)
        return Opened(batches, [job for batch in left for job in batch.jobs])

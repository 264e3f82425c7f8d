"""Jobs are added in somebody's transaction; those that need not wait are leased by that, and begin with its commit.

So a job that can start at once is written once, and nobody looks for it (docs/adr/0010).
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import orjson

from leadstream.jobs.claimer import Share
from leadstream.jobs.desk import Desk
from leadstream.jobs.ledger import Ledger, add_jobs
from leadstream.jobs.model import Job, NewJob
from leadstream.plainjson import dump_json
from leadstream.postgres import Tx


class Adding(Protocol):
    async def add(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        """Add jobs, once in the transaction."""


# Entered before the transaction is opened and left after its end: without an exception once it is committed.
MakeAdding: TypeAlias = Callable[[], AbstractContextManager[Adding]]


class Reservation:
    """An `Adding` that keeps slots for what is added until it is known what has become of the transaction."""

    def __init__(self, ledger: Ledger, desks: Collection[Desk]) -> None:
        self._ledger = ledger
        self._desks = desks
        # Kinds of which new jobs wait to be claimed.
        self.waiting: set[str] = set()
        self._shares: list[tuple[Desk, Share]] = []
        self._leased: dict[UUID, Job] = {}

    async def add(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        # The same job from two records is that of the first.
        unique = {job.id: job for job in reversed(jobs)}
        new = list(reversed(unique.values()))
        for desk in self._desks:
            ours = [job for job in new if job.kind == desk.kind.name]
            self._shares += [(desk, share) for share in desk.reserve(ours)] if ours else []
        lease = self._ledger.new_lease()
        added = await add_jobs(tx, new, lease, leased=self._reserved(), unless_held=self._scopes())
        for row in added:
            job = unique[row["id"]]
            if row["lease_id"]:
                self._leased[job.id] = _leased(job, row)
            else:
                self.waiting.add(job.kind)

    def _reserved(self) -> set[UUID]:
        return {job.id for _, share in self._shares for job in share.jobs}

    def _scopes(self) -> set[str]:
        """The pauses that would hold one of the jobs that are to start."""
        jobs = [(desk.kind, job) for desk, share in self._shares for job in share.jobs]
        return {scope for kind, job in jobs for scope in kind.scopes_of(job)}

    def leased(self) -> list[tuple[Desk, list[tuple[Share, list[Job]]]]]:
        """What was added under a lease, by kind, and in the order in which it was to start."""
        return [
            (desk, [(share, self._of(share)) for at, share in self._shares if at is desk])
            for desk in {id(desk): desk for desk, _ in self._shares}.values()
        ]

    def _of(self, share: Share) -> list[Job]:
        return [self._leased[job.id] for job in share.jobs if job.id in self._leased]


def _leased(new: NewJob, row: Any) -> Job:
    return Job(
        id=new.id,
        kind=new.kind,
        priority=new.priority,
        lane=new.lane,
        # As Postgres would give it back.
        payload=orjson.loads(dump_json(new.payload)),
        workspace_id=new.workspace_id,
        lead_id=new.lead_id,
        attempts=0,
        lost=0,
        created_at=row["created_at"],
        lease_id=row["lease_id"],
        traceparent=row["traceparent"],
    )

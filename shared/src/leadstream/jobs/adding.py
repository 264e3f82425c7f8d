"""Jobs are added in somebody's transaction; those that need not wait are leased by that, and begin with its commit.

So a job that can start at once is written once, and nobody looks for it (docs/adr/0010).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import orjson

from leadstream.jobs.claimer import Share
from leadstream.jobs.desk import Desk
from leadstream.jobs.ledger import Ledger, add_jobs
from leadstream.jobs.model import Job, NewJob
from leadstream.plainjson import dump_json
from leadstream.postgres import Rows, Tx


class Adding(Protocol):
    def add(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        """Add jobs, once in the transaction."""


# Entered before the transaction is opened and left after its end: without an exception once it is committed.
MakeAdding: TypeAlias = Callable[[], AbstractContextManager[Adding]]


# Of one kind, what takes the slots of each share.
Leased: TypeAlias = tuple[Desk, list[tuple[Share, list[Job]]]]


class Reservation:
    """An `Adding` that keeps slots for what is added until it is known what has become of the transaction."""

    def __init__(self, ledger: Ledger, desks: Collection[Desk]) -> None:
        self._desks = desks
        self._shares: list[tuple[Desk, Share]] = []
        self._lease = ledger.new_lease()
        self._new: dict[UUID, NewJob] = {}
        self._added: Callable[[], Rows] = list

    def add(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        # The same job from two records is that of the first.
        unique = {job.id: job for job in reversed(jobs)}
        new = list(reversed(unique.values()))
        for desk in self._desks:
            ours = [job for job in new if job.kind == desk.kind.name]
            self._shares += [(desk, share) for share in desk.reserve(ours)] if ours else []
        self._new = unique
        leased, scopes = self._reserved(), self._scopes()
        self._added = add_jobs(tx, new, self._lease, leased=leased, unless_held=scopes)

    def _reserved(self) -> set[UUID]:
        return {job.id for _, share in self._shares for job in share.jobs}

    def _scopes(self) -> set[str]:
        """The pauses that would hold one of the jobs that are to start."""
        jobs = [(desk.kind, job) for desk, share in self._shares for job in share.jobs]
        return {scope for kind, job in jobs for scope in kind.scopes_of(job)}

    @property
    def waiting(self) -> set[str]:
        """Once they are added: kinds of which new jobs wait to be claimed."""
        return {self._new[row["id"]].kind for row in self._added() if not row["lease_id"]}

    def leased(self) -> list[Leased]:
        """Once they are added: what is under a lease, by kind, and in the order in which it was to start."""
        return self._by_desk({row["id"]: row for row in self._added() if row["lease_id"]})

    def perhaps_leased(self) -> list[Leased]:
        """What may be under a lease, if nobody knows what has become of the transaction."""
        now = datetime.now(UTC)
        return self._by_desk(
            {job_id: {"created_at": now, "traceparent": None} for job_id in self._new}
        )

    def _by_desk(self, rows: Mapping[UUID, Mapping[str, Any]]) -> list[Leased]:
        jobs = {
            job_id: _leased(self._new[job_id], row, self._lease.id) for job_id, row in rows.items()
        }
        return [
            (
                desk,
                [
                    (share, [jobs[job.id] for job in share.jobs if job.id in jobs])
                    for at, share in self._shares
                    if at is desk
                ],
            )
            for desk in {id(desk): desk for desk, _ in self._shares}.values()
        ]


def _leased(new: NewJob, row: Mapping[str, Any], lease_id: UUID) -> Job:
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
        lease_id=lease_id,
        traceparent=row["traceparent"],
    )

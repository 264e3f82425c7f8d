"""The job ledger in Postgres: what is to be done, who is doing it, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from leadstream.jobs.model import (
    Failed,
    Finished,
    Held,
    Job,
    JobState,
    NewJob,
    Outcome,
    Priority,
    Released,
    Retry,
    Settled,
    Succeeded,
)
from leadstream.observability.tracing import current_traceparent
from leadstream.plainjson import dump_json
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("leadstream.jobs", "jobs.sql")

# A job whose worker died this often is taken to be what kills it. High, because a chaotic night is no proof.
MAX_LOST = 10
# How an attempt that counts may end; see `outcome_name`.
OUTCOMES = ("succeeded", "failed", "retry", "unknown", "held")
# The history shows a piece of an answer, not the answer.
MAX_EXCERPT = 1000


@dataclass(frozen=True, slots=True)
class Lane:
    priority: Priority
    name: str
    waiting: int
    oldest_wait: timedelta


@dataclass(frozen=True, slots=True)
class Expired:
    job: Job
    failed: bool


async def add_jobs(tx: Tx, jobs: Sequence[NewJob]) -> list[UUID]:
    """Insert the jobs that are not there yet and return their ids."""
    if not jobs:
        return []
    current = current_traceparent()
    rows = await tx.fetch(
        SQL.insert_jobs,
        [job.id for job in jobs],
        [job.kind for job in jobs],
        [int(job.priority) for job in jobs],
        [job.lane for job in jobs],
        [job.workspace_id for job in jobs],
        [job.lead_id for job in jobs],
        [dump_json(job.payload).decode() for job in jobs],
        [job.run_at for job in jobs],
        [job.traceparent or current for job in jobs],
    )
    return [row["id"] for row in rows]


class Ledger:
    def __init__(self, database: Database, *, lease: timedelta) -> None:
        self._database = database
        self._lease = lease

    async def ready_lanes(
        self,
        kind: str,
        priorities: tuple[Priority, Priority],
        *,
        after: str,
        limit: int,
        count_to: int,
        scopes: Sequence[str],
    ) -> list[Lane]:
        """Lanes with due jobs that nothing holds, of the priorities from the first to the second, in order.

        Of the first priority only those after the lane `after`. `scopes` are the pauses that would hold the whole kind;
        `waiting` is exact up to `count_to`.
        """
        first, last = priorities
        rows = await self._database.fetch_hot(
            SQL.ready_lanes, kind, int(last), after, limit, count_to, list(scopes), int(first)
        )
        return [
            Lane(Priority(row["priority"]), row["lane"], row["waiting"], row["oldest_wait"])
            for row in rows
        ]

    async def claim(self, kind: str, quotas: Sequence[tuple[Priority, str, int]]) -> list[Job]:
        """Lease up to so many due jobs of each (priority, lane), oldest first."""
        lease_id = uuid4()
        rows = await self._database.fetch_hot(
            SQL.claim_jobs,
            kind,
            [int(priority) for priority, _, _ in quotas],
            [lane for _, lane, _ in quotas],
            [quota for _, _, quota in quotas],
            lease_id,
            self._lease,
        )
        return [_job(row) for row in rows]

    async def renew(self, jobs: Sequence[Job]) -> None:
        """Hold on to jobs that this worker is still busy with; those that it has lost stay lost."""
        await self._database.pool.execute(
            SQL.renew_leases, [job.id for job in jobs], [job.lease_id for job in jobs], self._lease
        )

    async def settle(self, tx: Tx, finished: Sequence[Finished]) -> list[Settled]:
        """Write the outcomes down; return those that count, in the order given.

        A job whose lease was lost meanwhile is left out: its rows and events must not be written either.
        """
        settled = [_settled(each) for each in finished]
        rows = await tx.fetch(
            SQL.settle_jobs,
            [each.job.id for each in settled],
            [each.job.lease_id for each in settled],
            [each.state.value for each in settled],
            [each.attempts for each in settled],
            [each.retry_after for each in finished],
            [each.problem.message if each.problem else None for each in settled],
        )
        owned = {row["id"] for row in rows}
        counted = [each for each in settled if each.job.id in owned]
        await _insert_attempts(tx, [s for s in counted if not isinstance(s.outcome, Released)])
        return counted

    async def reclaim_expired(self, tx: Tx) -> list[Expired]:
        """Take back what workers that are gone had claimed."""
        rows = await tx.fetch(SQL.reclaim_expired, MAX_LOST)
        return [Expired(_job(row, lease_id=UUID(int=0)), row["state"] == "failed") for row in rows]

    async def delete_finished(self, retention: timedelta, *, limit: int = 5000) -> int:
        """Delete finished jobs older than `retention`, at most `limit`; return how many."""
        status = await self._database.pool.execute(SQL.delete_finished, retention, limit)
        return int(status.split()[-1])

    async def counts(self) -> list[tuple[str, str, int, float | None]]:
        """(kind, state, count, seconds that the oldest due job has waited)."""
        rows = await self._database.pool.fetch(SQL.job_counts)
        return [
            (
                row["kind"],
                row["state"],
                row["count"],
                None if row["oldest_seconds"] is None else float(row["oldest_seconds"]),
            )
            for row in rows
        ]

    async def oldest_unheld(self, kinds: Sequence[str], *, held: Sequence[str]) -> dict[str, float]:
        """Seconds that the oldest due job of each kind has waited, jobs of the scopes `held` left out."""
        rows = await self._database.pool.fetch(SQL.oldest_unheld, list(kinds), list(held))
        return {row["kind"]: float(row["oldest_seconds"]) for row in rows}


def _job(row: Any, *, lease_id: UUID | None = None) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        priority=Priority(row["priority"]),
        lane=row["lane"],
        payload=row["payload"],
        workspace_id=row["workspace_id"],
        lead_id=row["lead_id"],
        attempts=row["attempts"],
        lost=row["lost"],
        created_at=row["created_at"],
        lease_id=lease_id or row["lease_id"],
        traceparent=row["traceparent"],
    )


def _settled(finished: Finished) -> Settled:
    attempts = finished.job.attempts + isinstance(finished.outcome, Succeeded | Retry | Failed)
    return Settled(
        job=finished.job,
        outcome=finished.outcome,
        state=_next_state(finished, attempts),
        attempts=attempts,
        started_at=finished.started_at,
        finished_at=finished.finished_at,
    )


def _next_state(finished: Finished, attempts: int) -> JobState:
    match finished.outcome:
        case Succeeded():
            return JobState.SUCCEEDED
        case Failed():
            return JobState.FAILED
        case Retry():
            return JobState.FAILED if attempts >= finished.max_attempts else JobState.READY
        case Held() | Released():
            return JobState.READY


def outcome_name(settled: Settled) -> str:
    return name_of(settled.outcome)


def name_of(outcome: Outcome) -> str:
    """How the attempt ended, as history and metrics call it."""
    match outcome:
        case Succeeded():
            return "succeeded"
        case Failed():
            return "failed"
        case Retry(ambiguous=True):
            return "unknown"
        case Retry():
            return "retry"
        case Held():
            return "held"
        case Released():
            return "released"


async def _insert_attempts(tx: Tx, settled: Sequence[Settled]) -> None:
    if not settled:
        return
    problems = [each.problem for each in settled]
    await tx.execute(
        SQL.insert_attempts,
        [each.job.id for each in settled],
        [outcome_name(each) for each in settled],
        [p.error_class if p else None for p in problems],
        [p.message if p else None for p in problems],
        [_status_code(each) for each in settled],
        [p.excerpt[:MAX_EXCERPT] if p and p.excerpt else None for p in problems],
        [each.started_at for each in settled],
        [each.finished_at for each in settled],
    )


def _status_code(settled: Settled) -> int | None:
    if isinstance(settled.outcome, Succeeded):
        return settled.outcome.status_code
    return settled.problem.status_code if settled.problem else None

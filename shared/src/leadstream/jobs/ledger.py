"""The job ledger in Postgres: what is to be done, who is doing it, and how it went."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from leadstream.jobs.failures import failure_key
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import (
    Job,
    JobState,
    NewJob,
    Passed,
    Priority,
    Problem,
    Settled,
    Succeeded,
)
from leadstream.observability.tracing import current_traceparent
from leadstream.plainjson import dump_json
from leadstream.postgres import Database, Rows, Tx, load_queries
from leadstream.postgres.presence import Presence

SQL = load_queries("leadstream.jobs", "jobs.sql")

# A job whose worker died this often is taken to be what kills it. High, because a chaotic night is no proof.
MAX_LOST = 10
# The history shows a piece of an answer, not the answer.
MAX_EXCERPT = 1000
# Failed jobs that get their group in one transaction.
GROUPED_AT_ONCE = 500
# After the name of any lane.
LAST_LANE = "zzzz"
# What a circuit's probe may take beyond the time-out of its call, before another one is tried.
PROBE_MARGIN = timedelta(seconds=5)


_COLUMNS = [field.name for field in fields(Job) if field.name != "priority"]


@dataclass(frozen=True, slots=True)
class Lane:
    priority: Priority
    name: str
    waiting: int
    oldest_wait: timedelta


class Lease(NamedTuple):
    """What a claim writes into its jobs. `owner`: the number of the worker's presence."""

    id: UUID
    time: timedelta
    owner: int | None


def add_jobs(
    tx: Tx,
    jobs: Sequence[NewJob],
    lease: Lease | None = None,
    *,
    leased: Collection[UUID] = (),
    unless_held: Collection[str] = (),
) -> Callable[[], Rows]:
    """Insert the jobs that are not there yet, with what else waits in the transaction.

    Gives, once that is done, the rows of those: id, created_at, traceparent, lease_id. Those of
    `leased` are under the lease at once, unless one of the scopes is held.
    """
    if not jobs:
        return list
    current = current_traceparent()
    added = tx.later(
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
        [lease.id if lease and job.id in leased else None for job in jobs],
        lease and lease.time,
        lease and lease.owner,
        list(unless_held),
        returns=("id", "created_at", "traceparent", "lease_id"),
    )
    return lambda: added.rows


class Ledger:
    def __init__(self, database: Database, *, lease: timedelta) -> None:
        self._database = database
        self._lease = lease
        # Claims carry its number, so that they are known to be lost when it is.
        self.presence = Presence(database)

    async def ready_lanes(  # noqa: PLR0913 - what bounds a look
        self,
        kind: JobKind,
        priorities: tuple[Priority, Priority],
        *,
        after: str,
        limit: int,
        count_to: int,
        full: Sequence[str] = (),
        owners: Collection[UUID] | None = None,
    ) -> list[Lane]:
        """Lanes with due jobs that nothing holds, of the priorities from the first to the second, in order.

        Of the first priority only those after the lane `after`; none of those that are `full` in this process.
        `waiting` is exact up to `count_to`. `owners`: only lanes of workspaces that ask with keys of their own, which
        what holds the provider does not hold.
        """
        first, last = priorities
        scopes = [each for each in kind.scopes if owners is None or each != kind.provider_scope]
        bounds = int(last), after, limit, count_to, scopes, int(first)
        rows = await self._database.hot.fetch(
            SQL.ready_lanes,
            kind.name,
            *bounds,
            full,
            kind.provider_scope,
            None if owners is None else list(owners),
        )
        return [
            Lane(Priority(row["priority"]), row["lane"], row["waiting"], row["oldest_wait"])
            for row in rows
        ]

    async def claim(self, kind: str, quotas: Sequence[tuple[Priority, str, int]]) -> list[Job]:
        """Lease up to so many due jobs of each (priority, lane), oldest first."""
        rows = await self._database.hot.fetch(
            SQL.claim_jobs,
            kind,
            [int(priority) for priority, _, _ in quotas],
            [lane for _, lane, _ in quotas],
            [quota for _, _, quota in quotas],
            *self.new_lease(),
        )
        return [read_job(row) for row in rows]

    async def claim_probes(
        self, kind: JobKind, scopes: Sequence[str], *, after: str | None
    ) -> list[tuple[UUID, Job]]:
        """Lease one job of each open circuit whose time has come, and put the time of its next off.

        Where the whole kind is one scope, of the lanes from `after` on; else of the scope's own lane.
        """
        lanes = after, None if after is None else LAST_LANE
        others = [scope for scope in kind.scopes if scope not in scopes]
        until_next = kind.timeout + PROBE_MARGIN
        rows = await self._database.hot.fetch(
            SQL.claim_probes, kind.name, scopes, *lanes, others, until_next, *self.new_lease()
        )
        return [(row["circuit"], read_job(row)) for row in rows]

    def new_lease(self) -> Lease:
        return Lease(uuid4(), self._lease, self.presence.number)

    async def renew(self, jobs: Sequence[Job]) -> None:
        """Hold on to jobs that this worker is still busy with; those that it has lost stay lost."""
        await self._database.hot.execute(
            SQL.renew_leases, [job.id for job in jobs], [job.lease_id for job in jobs], self._lease
        )

    async def settle(self, tx: Tx, settled: Sequence[Settled]) -> list[Settled]:
        """Write the outcomes and their attempts down; return those that count, in the order given.

        A job whose lease was lost meanwhile is left out: its rows and events must not be written either.
        """
        # Of two workers that end the same jobs, one of which has lost them, none waits for the other in a circle.
        ended = sorted(settled, key=lambda each: each.job.id)
        rows = await tx.fetch(
            SQL.settle_jobs,
            [each.job.id for each in ended],
            [each.job.lease_id for each in ended],
            [each.state.value for each in ended],
            [each.attempts for each in ended],
            [each.wait for each in ended],
            [each.problem.message if each.problem else None for each in ended],
            [each.problem.error_class if each.problem else None for each in ended],
            [each.problem.status_code if each.problem else None for each in ended],
            [_group(each) for each in ended],
            [each.outcome.kind if isinstance(each.outcome, Passed) else None for each in ended],
            [each.outcome.name if each.outcome.tried else None for each in ended],
            [_answer(each) for each in ended],
            [_excerpt(each.problem) for each in ended],
            [each.started_at for each in ended],
            [each.finished_at for each in ended],
        )
        owned = {(row["id"], row["lease_id"]) for row in rows}
        return [each for each in settled if (each.job.id, each.job.lease_id) in owned]

    async def give_back(self, tx: Tx, tries: Sequence[tuple[UUID, datetime, int]]) -> None:
        """Take attempts for an outage that had counted before it was seen."""
        await tx.execute(
            SQL.give_back, [job_id for job_id, _, _ in tries], [began for _, began, _ in tries]
        )

    async def put_off_expiry(self, by: timedelta) -> None:
        """Let leases that have run out run on for so long. Raises where nothing can be written."""
        await self._database.pool.execute(SQL.put_off_expiry, by)

    async def reclaim(self, gone: Collection[int]) -> tuple[list[Job], list[Job]]:
        """Take back what workers had claimed whose leases ran out, or who are `gone`.

        Returns what waits again, and what has taken its worker with it so often that it must end: under a new lease.
        """
        rows = await self._database.pool.fetch(SQL.reclaim, list(gone), MAX_LOST, *self.new_lease())
        lost = [(row["state"], read_job(row)) for row in rows]
        return (
            [job for state, job in lost if state == "ready"],
            [job for state, job in lost if state == "running"],
        )

    async def claim_outworn(self, kind: JobKind, scopes: Sequence[str]) -> list[Job]:
        """Lease jobs that an open circuit of these scopes has held for longer than the kind has patience."""
        lanes = (None, None) if kind.provider is None else ("", LAST_LANE)
        rows = await self._database.pool.fetch(
            SQL.claim_outworn, kind.name, scopes, *lanes, kind.outage_patience, *self.new_lease()
        )
        return [read_job(row) for row in rows]

    async def group_failed(self) -> int:
        """Give jobs that failed without one the group of their failure; return how many there were."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(SQL.without_group, GROUPED_AT_ONCE)
            if rows:
                said = [(row["error_class"], row["status_code"]) for row in rows]
                await tx.execute(
                    SQL.give_groups,
                    [row["id"] for row in rows],
                    [error_class for error_class, _ in said],
                    [status_code for _, status_code in said],
                    [
                        failure_key(row["kind"], *each, row["last_error"])
                        for row, each in zip(rows, said, strict=True)
                    ],
                )
        return len(rows)

    async def owners_gone(self) -> set[int]:
        """Workers that have jobs under way and whose Postgres session is gone."""
        rows = await self._database.pool.fetch(SQL.owners_gone)
        return {row["leased_by"] for row in rows}


def _group(settled: Settled) -> UUID | None:
    problem = settled.problem
    if settled.state is not JobState.FAILED or problem is None:
        return None
    return failure_key(settled.job.kind, problem.error_class, problem.status_code, problem.message)


def read_job(row: Any) -> Job:
    return Job(**{name: row[name] for name in _COLUMNS}, priority=Priority(row["priority"]))


def _excerpt(problem: Problem | None) -> str | None:
    return problem.excerpt[:MAX_EXCERPT] if problem and problem.excerpt else None


def _answer(settled: Settled) -> int | None:
    if isinstance(settled.outcome, Succeeded):
        return settled.outcome.status_code
    return settled.problem.status_code if settled.problem else None

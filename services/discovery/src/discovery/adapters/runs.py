"""The history of query runs in Postgres."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from discovery.application.run_query import Ran
from discovery.domain.harvest import Gathered
from discovery.domain.search import COMPANIES_PER_DAY
from leadstream.jobs.model import Held, JobState, Settled
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "runs.sql")

# A query and a day.
QueryDay = tuple[UUID, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A settled job that asked a source for a query, as its row in `query_runs` shows it."""

    id: UUID
    query_id: UUID
    workspace_id: UUID
    tick_id: UUID
    source: str
    run_on: date
    status: str
    error: str | None
    started_at: datetime
    finished_at: datetime
    traceparent: str | None
    # None: nothing was searched, or no answer came.
    ran: Ran | None

    @property
    def has_ended(self) -> bool:
        return self.status in {"succeeded", "skipped", "failed", "cancelled"}

    @property
    def query_day(self) -> QueryDay:
        return self.query_id, self.run_on


def read_run(settled: Settled, source: str) -> Run:
    job, payload = settled.job, settled.job.payload
    result = getattr(settled.outcome, "result", None)
    ran = result if isinstance(result, Ran) else None
    assert job.workspace_id is not None  # noqa: S101 - every run-query job has its query's
    return Run(
        id=job.id,
        query_id=UUID(payload["query_id"]),
        workspace_id=job.workspace_id,
        tick_id=UUID(payload["tick_id"]),
        source=source,
        run_on=date.fromisoformat(payload["run_on"]),
        status=_status(settled, ran),
        error=_error(settled, ran),
        started_at=settled.started_at,
        finished_at=settled.finished_at,
        traceparent=job.traceparent,
        ran=ran,
    )


def _error(settled: Settled, ran: Ran | None) -> str | None:
    if settled.problem:
        return settled.problem.message
    return ran.note if ran else None


def _status(settled: Settled, ran: Ran | None) -> str:
    match settled.state:
        case JobState.SUCCEEDED:
            return "succeeded" if ran else "skipped"
        case JobState.FAILED:
            return "failed"
        case JobState.CANCELLED:
            return "cancelled"
        case _:
            return "held" if isinstance(settled.outcome, Held) else "retrying"


async def lock_rooms(tx: Tx, runs: Sequence[Run]) -> Counter[QueryDay]:
    """How many leads each query may still create on each day; nobody else creates any for them meanwhile."""
    await tx.fetch(SQL.lock_queries, [run.query_id for run in runs])
    rows = await tx.fetch(
        SQL.created_on_days, [run.query_id for run in runs], [run.run_on for run in runs]
    )
    rooms = Counter({run.query_day: COMPANIES_PER_DAY for run in runs})
    rooms.subtract({(row["query_id"], row["run_on"]): row["created"] for row in rows})
    return rooms


async def store_runs(tx: Tx, runs: Sequence[Run], gathered: Mapping[UUID, Gathered]) -> None:
    """Write the rows of runs; `gathered` is by run, for those that had an answer."""
    figures = [gathered.get(run.id) for run in runs]
    await tx.execute(
        SQL.upsert_runs,
        [run.id for run in runs],
        [run.query_id for run in runs],
        [run.workspace_id for run in runs],
        [run.tick_id for run in runs],
        [run.source for run in runs],
        [run.run_on for run in runs],
        [run.status for run in runs],
        [each.found if each else 0 for each in figures],
        [each.created if each else 0 for each in figures],
        [each.known if each else 0 for each in figures],
        [sum(each.rejected.values()) if each else 0 for each in figures],
        [run.ran.units if run.ran else Decimal(0) for run in runs],
        [run.error for run in runs],
        [run.started_at for run in runs],
        [run.finished_at if run.has_ended else None for run in runs],
    )
    ended = [run for run in runs if run.has_ended and run.status != "cancelled"]
    await tx.execute(
        SQL.touch_queries, [run.query_id for run in ended], [run.finished_at for run in ended]
    )
    await _store_rejections(tx, gathered)


async def _store_rejections(tx: Tx, gathered: Mapping[UUID, Gathered]) -> None:
    rows = [
        (run_id, reason.value, count)
        for run_id, each in gathered.items()
        for reason, count in each.rejected.items()
    ]
    if rows:
        await tx.execute(SQL.insert_rejections, *map(list, zip(*rows, strict=True)))

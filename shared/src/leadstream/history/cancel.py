"""Cancelling: the end of a job that an operator wants, and of what the job was for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from leadstream.history.queries import SQL
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import read_job
from leadstream.jobs.model import Failed, JobState, Problem, Settled
from leadstream.jobs.records import write_records
from leadstream.outbox import add_events
from leadstream.postgres import Tx

_PROBLEM = Problem(error_class="cancelled", message="an operator has cancelled the job")
CANCELLED = Failed(problem=_PROBLEM, tried=False)


async def cancel_jobs(
    tx: Tx, job_ids: Sequence[UUID], kinds: Sequence[JobKind], *, now: datetime
) -> list[UUID]:
    """Cancel those of the jobs that wait, with all that it means to their service; return which.

    A running job is not cancelled: its effect may already be out there.
    """
    jobs = [read_job(row) for row in await tx.fetch(SQL.cancel_jobs, list(job_ids))]
    settled = [
        Settled(
            job=job,
            outcome=CANCELLED,
            state=JobState.CANCELLED,
            attempts=job.attempts,
            started_at=now,
            finished_at=now,
        )
        for job in jobs
    ]
    await add_events(tx, await write_records(tx, settled, kinds))
    return [job.id for job in jobs]

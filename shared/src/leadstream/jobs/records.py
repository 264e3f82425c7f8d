"""What the end of jobs means to their service: its recorders' rows and events, in one transaction with the end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from leadstream.jobs.kinds import JobKind, record_nothing
from leadstream.jobs.ledger import SQL, read_job
from leadstream.jobs.model import Failed, JobState, Problem, Settled
from leadstream.outbox import OutboxEvent, add_events
from leadstream.postgres import Tx

_PROBLEM = Problem(error_class="cancelled", message="an operator has cancelled the job")
CANCELLED = Failed(problem=_PROBLEM, tried=False)


async def write_records(
    tx: Tx, settled: Sequence[Settled], kinds: Sequence[JobKind]
) -> list[OutboxEvent]:
    """Have the recorders write their rows; return the events that are to be added."""
    events: list[OutboxEvent] = []
    # A recorder that several kinds share is called once: it takes its locks in one order.
    recorders = {id(kind.recorder): kind.recorder for kind in kinds}
    by_kind = {kind.name: kind.recorder for kind in kinds}
    for recorder in recorders.values():
        ours = [each for each in settled if by_kind.get(each.job.kind) is recorder]
        if ours and recorder is not record_nothing:
            events += await recorder(tx, ours)
    return events


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

"""What the worker does, as figures."""

from functools import cache

from prometheus_client import Counter, Histogram

from leadstream.jobs.model import JobState, Settled
from leadstream.observability.metrics import (
    JOB_ATTEMPTS_TOTAL,
    JOB_DURATION_SECONDS,
    JOBS_ENDED_TOTAL,
)

ENDS = (JobState.SUCCEEDED, JobState.FAILED)


def observe_settled(settled: Settled) -> None:
    if settled.outcome.tried:
        attempts, duration = _metrics(settled.job.kind, settled.outcome.name)
        attempts.inc()
        duration.observe((settled.finished_at - settled.started_at).total_seconds())
    if settled.state in ENDS:
        _ended(settled.job.kind, settled.state).inc()


@cache
def _metrics(kind: str, outcome: str) -> tuple[Counter, Histogram]:
    """Kept, because looking labels up costs as much as counting."""
    return JOB_ATTEMPTS_TOTAL.labels(kind, outcome), JOB_DURATION_SECONDS.labels(kind)


@cache
def _ended(kind: str, state: JobState) -> Counter:
    return JOBS_ENDED_TOTAL.labels(kind, state.value)

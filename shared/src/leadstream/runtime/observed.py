"""What the worker does, as figures and as log lines."""

import logging
from functools import cache

from prometheus_client import Counter, Histogram

from leadstream.jobs.model import JobState, Passed, Settled
from leadstream.observability.metrics import (
    JOB_ATTEMPTS_TOTAL,
    JOB_DURATION_SECONDS,
    JOBS_ENDED_TOTAL,
)
from leadstream.observability.tracing import trace_id_of

log = logging.getLogger(__name__)
_LEVELS = {JobState.FAILED: logging.ERROR, JobState.READY: logging.WARNING}
ENDS = (JobState.SUCCEEDED, JobState.FAILED)


def observe_settled(settled: Settled) -> None:
    _log(settled)
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


def _log(settled: Settled) -> None:
    level = _LEVELS.get(settled.state, logging.INFO)
    if isinstance(settled.outcome, Passed):
        # It is ready, and nothing went wrong.
        level = logging.INFO
    # Asked first: at a thousand jobs a second, making a record for nobody shows.
    if not log.isEnabledFor(level):
        return
    log.log(
        level,
        "job.attempted",
        extra={
            "job_id": str(settled.job.id),
            "kind": settled.job.kind,
            "lane": settled.job.lane,
            "lead_id": str(settled.job.lead_id) if settled.job.lead_id else None,
            "trace_id": trace_id_of(settled.job.traceparent),
            "outcome": settled.outcome.name,
            "state": settled.state.value,
            "attempt": settled.attempts,
            "error_class": settled.problem.error_class if settled.problem else None,
            "seconds": round((settled.finished_at - settled.started_at).total_seconds(), 4),
        },
    )

"""The spans of attempts: one for each job, in the trace of the event that asked for it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeAlias

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Job, Outcome
from leadstream.observability import tracing
from leadstream.observability.tracing import Kind, Span, Tracer, entered, names

Call: TypeAlias = Callable[[JobKind, Sequence[Job]], Awaitable[Sequence[Outcome]]]


async def traced_call(
    call: Call, kind: JobKind, batch: Sequence[Job]
) -> tuple[Sequence[Job], Sequence[Outcome]]:
    """Make the attempt inside spans; return its outcomes, and the jobs continued from their spans.

    Whatever is made of those jobs, events first of all, continues from the attempt.
    """
    tracer = tracing.active()
    if tracer is None:
        return batch, await call(kind, batch)
    spans = [_begin(tracer, job) for job in batch]
    jobs = [
        replace(job, traceparent=span.traceparent) for job, span in zip(batch, spans, strict=True)
    ]
    with ExitStack() as ending:
        # One that is cancelled as the process drains has no outcome.
        for span in reversed(spans):
            ending.enter_context(entered(span))
        if len(jobs) > 1:
            ending.enter_context(entered(_group(tracer, kind, spans)))
        outcomes = await call(kind, jobs)
        for span, outcome in zip(spans, outcomes, strict=True):
            _note(span, outcome)
    return jobs, outcomes


def _begin(tracer: Tracer, job: Job) -> Span:
    return tracer.start(
        f"attempt {job.kind}",
        Kind.INTERNAL,
        parent=job.traceparent,
        attributes={
            names.JOB_ID: str(job.id),
            names.JOB_KIND: job.kind,
            names.JOB_ATTEMPT: job.attempts + 1,
            names.JOB_LOST: job.lost or None,
            names.LEAD_ID: str(job.lead_id) if job.lead_id else None,
            names.WORKSPACE_ID: str(job.workspace_id) if job.workspace_id else None,
        },
    )


def _group(tracer: Tracer, kind: JobKind, spans: Sequence[Span]) -> Span:
    """The call that jobs of several traces make together: in the first one's, and linked with all."""
    recording = [span for span in spans if span.is_recording]
    first = recording[0] if recording else spans[0]
    group = tracer.start(
        f"group {kind.name}",
        Kind.INTERNAL,
        parent=first,
        attributes={names.JOB_KIND: kind.name, names.BATCH_COUNT: len(spans)},
        links=[span.traceparent for span in recording],
    )
    for span in recording:
        span.link(group.traceparent)
    return group


def _note(span: Span, outcome: Outcome) -> None:
    span.set(names.OUTCOME, outcome.name)
    if outcome.problem:
        span.fail(outcome.problem.error_class)

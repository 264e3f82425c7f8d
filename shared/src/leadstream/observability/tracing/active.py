"""The process's tracer, if it has one, and the span that the current task is in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from leadstream.observability.tracing.context import trace_id_of
from leadstream.observability.tracing.span import Kind, Span, Tracer, Value

_tracer: Tracer | None = None
_current: ContextVar[Span | None] = ContextVar("leadstream_span", default=None)


def active() -> Tracer | None:
    """None: tracing is off. Ask this first, and do nothing else then: it is asked for every batch and call."""
    return _tracer


def install(tracer: Tracer | None) -> None:
    """Turn tracing on or off for the whole process."""
    global _tracer
    _tracer = tracer


def current() -> Span | None:
    return _current.get()


def current_traceparent() -> str | None:
    span = _current.get()
    return span.traceparent if span else None


def current_trace_id() -> str | None:
    return trace_id_of(current_traceparent())


@contextmanager
def entered(span: Span) -> Iterator[Span]:
    """Make the span the current one; end it afterwards."""
    token = _current.set(span)
    try:
        yield span
    except BaseException as exc:
        span.fail(type(exc).__name__)
        raise
    finally:
        _current.reset(token)
        span.end()


def begin_trace(identity: UUID, name: str, attributes: Mapping[str, Value | None]) -> str:
    """Begin a trace whose id follows from `identity`, so that a repeat is the same trace; return its traceparent.

    The trace id is there with tracing off, too: jobs and log lines show it.
    """
    if _tracer is None:
        return f"00-{identity.hex}-{identity.hex[16:]}-01"
    cause = current_traceparent()
    span = _tracer.start(
        name,
        Kind.INTERNAL,
        attributes=attributes,
        links=[cause] if cause else (),
        trace_id=identity,
    )
    span.end()
    return span.traceparent

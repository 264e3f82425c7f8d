"""Traces: off by default, and then nothing of OpenTelemetry's SDK is imported and nothing is made per event.

Intake, worker, relay, HTTP client and admin API begin the spans. Business code hands on a `traceparent`, a plain string
in events, jobs and outbox rows, and knows nothing of spans (docs/adr/0005).
"""

from leadstream.observability.tracing.active import (
    active,
    begin_trace,
    current,
    current_trace_id,
    current_traceparent,
    entered,
    install,
)
from leadstream.observability.tracing.context import parse_traceparent, trace_id_of
from leadstream.observability.tracing.span import Kind, Span, Tracer

__all__ = [
    "Kind",
    "Span",
    "Tracer",
    "active",
    "begin_trace",
    "current",
    "current_trace_id",
    "current_traceparent",
    "entered",
    "install",
    "parse_traceparent",
    "trace_id_of",
]

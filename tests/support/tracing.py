"""Tracing in the test's own process, with the SDK's in-memory exporter."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from leadstream.observability import tracing
from leadstream.observability.tracing.otel import OtelTracer


class Spans:
    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> list[ReadableSpan]:
        """Those that have ended, in the order in which they began."""
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.all() if span.name == name]


@contextmanager
def traced(share: float = 1.0) -> Iterator[Spans]:
    exporter = InMemorySpanExporter()
    tracer = OtelTracer(SimpleSpanProcessor(exporter), service="test", share=share)
    tracing.install(tracer)
    try:
        yield Spans(exporter)
    finally:
        tracing.install(None)
        tracer.shutdown(timedelta(seconds=1))


def id_of(span: ReadableSpan) -> str:
    return format(span.context.span_id, "016x")


def parent_of(span: ReadableSpan) -> str | None:
    return format(span.parent.span_id, "016x") if span.parent else None


def trace_of(span: ReadableSpan) -> str:
    return format(span.context.trace_id, "032x")


def value(span: ReadableSpan, name: str) -> object:
    return (span.attributes or {}).get(name)

"""The tracer on OpenTelemetry's SDK. Imported only when tracing is on."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from uuid import UUID, uuid4

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.util.re import parse_env_headers

from leadstream.observability.redact import Redactor
from leadstream.observability.tracing.context import TraceContext, parse_traceparent
from leadstream.observability.tracing.names import ERROR_TYPE
from leadstream.observability.tracing.sampling import LeadSampler
from leadstream.observability.tracing.span import Kind, Span, Tracer, Value

# The nightly job ends thousands of spans within a second; the SDK's 2,048 would drop most of them.
MOST_WAITING = 32_768


def otlp_processor(endpoint: str, headers: str | None) -> SpanProcessor:
    """Sends spans to a collector from a thread of its own; `headers` as OTEL_EXPORTER_OTLP_HEADERS has them."""
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces",
        headers=parse_env_headers(headers, liberal=True) if headers else None,
    )
    return BatchSpanProcessor(exporter, max_queue_size=MOST_WAITING)


class OtelTracer(Tracer):
    """Not OpenTelemetry's global tracer: what libraries would trace of themselves holds URLs and texts of errors."""

    def __init__(self, processor: SpanProcessor, *, service: str, share: float) -> None:
        self._ids = _Ids()
        self._provider = TracerProvider(
            sampler=LeadSampler(share),
            resource=Resource.create(
                {
                    "service.namespace": "leadstream",
                    "service.name": service,
                    "service.version": version("leadstream-shared"),
                    "service.instance.id": str(uuid4()),
                }
            ),
            id_generator=self._ids,
            # When to end is the runtime's to say; at exit it would wait for half a minute.
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("leadstream")

    def start(
        self,
        name: str,
        kind: Kind,
        *,
        parent: Span | str | None = None,
        attributes: Mapping[str, Value | None] | None = None,
        links: Sequence[str] = (),
        trace_id: UUID | None = None,
    ) -> Span:
        above = parent if isinstance(parent, str | None) else parent.traceparent
        found = parse_traceparent(above)
        if found and not found.is_sampled:
            return _Unrecorded(str(found))
        context = _context(found, is_remote=isinstance(parent, str)) if found else Context()
        with self._ids.next_trace(trace_id):
            span = self._tracer.start_span(
                name,
                context,
                SpanKind[kind],
                {key: value for key, value in (attributes or {}).items() if value is not None},
                [Link(link) for text in links if (link := _span_context(text))],
                record_exception=False,
                set_status_on_exception=False,
            )
        if not span.is_recording():
            return _Unrecorded(_text(span.get_span_context()))
        return _Recorded(span)

    def shutdown(self, within: timedelta) -> None:
        # The SDK waits for its own thread for half a minute, however long its exporter hangs.
        ending = threading.Thread(target=self._provider.shutdown, name="trace-flush", daemon=True)
        ending.start()
        ending.join(within.total_seconds())


class _Recorded:
    is_recording = True

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.traceparent = _text(span.get_span_context())

    def set(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def link(self, traceparent: str) -> None:
        context = _span_context(traceparent)
        if context:
            self._span.add_link(context)

    def fail(self, error_type: str) -> None:
        # A provider's own word may be in it.
        self._span.set_attribute(ERROR_TYPE, _redactor.text(error_type))
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self._span.end()


class _Unrecorded:
    """A step of a trace that is not sampled: carries on the context and costs nothing else."""

    is_recording = False

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def set(self, name: str, value: Value) -> None: ...

    def rename(self, name: str) -> None: ...

    def link(self, traceparent: str) -> None: ...

    def fail(self, error_type: str) -> None: ...

    def end(self) -> None: ...


class _Ids(RandomIdGenerator):
    """Random ids, except for a trace whose id is given."""

    def __init__(self) -> None:
        self._wanted: int | None = None

    @contextmanager
    def next_trace(self, trace_id: UUID | None) -> Iterator[None]:
        self._wanted = trace_id.int if trace_id else None
        try:
            yield
        finally:
            self._wanted = None

    def generate_trace_id(self) -> int:
        return self._wanted or super().generate_trace_id()


_redactor = Redactor()


def _context(found: TraceContext, *, is_remote: bool) -> Context:
    above = SpanContext(found.trace_id, found.span_id, is_remote, trace.TraceFlags(found.flags))
    return trace.set_span_in_context(NonRecordingSpan(above), Context())


def _span_context(traceparent: str) -> SpanContext | None:
    found = parse_traceparent(traceparent)
    if found is None:
        return None
    return SpanContext(found.trace_id, found.span_id, True, trace.TraceFlags(found.flags))


def _text(context: SpanContext) -> str:
    return str(TraceContext(context.trace_id, context.span_id, context.trace_flags))

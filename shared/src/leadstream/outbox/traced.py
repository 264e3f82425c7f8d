"""The spans of a publication: one for each event, from when it goes to the broker until that has it."""

from collections.abc import Sequence
from typing import Any

from leadstream.observability.tracing import Kind, Span, Tracer, names


class TracedRows:
    """Outbox rows on their way. Dead letters keep the headers they came with, and have no span here."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._spans: dict[int, Span] = {}

    def traceparent(self, row: Any) -> str | None:
        """Begin the row's span; return what its record is to carry."""
        parent: str | None = row["traceparent"]
        if parent is None:
            return None
        span = self._tracer.start(
            f"send {row['topic']}",
            Kind.PRODUCER,
            parent=parent,
            attributes={
                names.SYSTEM: "kafka",
                names.OPERATION_NAME: "send",
                names.OPERATION_TYPE: "send",
                names.DESTINATION: row["topic"],
            },
        )
        self._spans[row["seq"]] = span
        return span.traceparent

    def end(self, acked: Sequence[Any]) -> None:
        published = {row["seq"] for row in acked}
        for seq, span in self._spans.items():
            if seq not in published:
                span.fail("not_acknowledged")
            span.end()

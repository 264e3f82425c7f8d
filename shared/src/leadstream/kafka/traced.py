"""The spans of an intake's batch: one for each record, from when it is taken until it is durable.

One for each and not one for the batch: every record goes on in a trace of its own, so its jobs and events need a span
of that trace to continue from. The batch's size is on each of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeAlias

from leadstream.contracts import envelope
from leadstream.contracts.codec import Decoded
from leadstream.contracts.record import RawRecord
from leadstream.contracts.rejection import Rejected
from leadstream.observability.tracing import Kind, Span, Tracer, names

Taken: TypeAlias = tuple[RawRecord, Decoded[Any] | Rejected]


class TracedBatch:
    """The batch, its events continued from their consumer spans; ends those when it is left."""

    def __init__(self, tracer: Tracer, batch: Sequence[Taken], *, group: str) -> None:
        self._tracer = tracer
        self._group = group
        self._spans: dict[tuple[str, int, int], Span] = {}
        self.batch = [self._begin(record, found, len(batch)) for record, found in batch]

    def reject(self, record: RawRecord, reason: str) -> None:
        span = self._spans.get(_place(record))
        if span:
            span.set(names.OUTCOME, "dead_letter")
            span.fail(reason)

    def _begin(self, record: RawRecord, found: Decoded[Any] | Rejected, count: int) -> Taken:
        decoded = found if isinstance(found, Decoded) else None
        parent = decoded.traceparent if decoded else _traceparent(record)
        if decoded is None and parent is None:
            # What can't be read and comes from no trace begins none: garbage may come by the thousand.
            return record, found
        event = decoded.event if decoded else None
        span = self._tracer.start(
            f"process {record.topic}",
            Kind.CONSUMER,
            parent=parent,
            attributes={
                names.SYSTEM: "kafka",
                names.OPERATION_NAME: "process",
                names.OPERATION_TYPE: "process",
                names.DESTINATION: record.topic,
                names.PARTITION: str(record.partition),
                names.OFFSET: record.offset,
                names.GROUP: self._group,
                names.BATCH_COUNT: count,
                names.LEAD_ID: _id(event, "lead_id"),
                names.WORKSPACE_ID: _id(event, "workspace_id"),
            },
        )
        self._spans[_place(record)] = span
        return record, replace(decoded, traceparent=span.traceparent) if decoded else found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, exc: BaseException | None, __: TracebackType | None
    ) -> None:
        for span in self._spans.values():
            if exc:
                span.fail(type(exc).__name__)
            span.end()


def _place(record: RawRecord) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _id(event: object, name: str) -> str | None:
    value = getattr(event, name, None)
    return str(value) if value else None


def _traceparent(record: RawRecord) -> str | None:
    return envelope.traceparent_of(envelope.attributes_of_headers(dict(record.headers)))

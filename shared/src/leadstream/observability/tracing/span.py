"""What the runtime needs of a tracer. OpenTelemetry stands behind it only while tracing is on."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

Value: TypeAlias = str | int | float | bool


class Kind(StrEnum):
    """OpenTelemetry's span kinds, by their names."""

    INTERNAL = "INTERNAL"
    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """One step of a trace.

    Names and values are ids, numbers and our own words: never a secret, an address, a URL or a payload.
    """

    @property
    def traceparent(self) -> str:
        """What a job or an event carries to continue from here."""

    @property
    def is_recording(self) -> bool:
        """False: the trace is not sampled, and nobody will see this span."""

    def set(self, name: str, value: Value) -> None: ...

    def rename(self, name: str) -> None: ...

    def link(self, traceparent: str) -> None:
        """Point at a span of the same work in another trace."""

    def fail(self, error_type: str) -> None:
        """Mark the span as failed, with a word for how."""

    def end(self) -> None: ...


class Tracer(Protocol):
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
        """Begin a span, which the caller ends.

        `parent` is a span of this process or a traceparent; without a usable one a trace begins, under `trace_id` where
        it is given. Attributes that are None are left out.
        """

    def shutdown(self, within: timedelta) -> None:
        """Send what is left. What is not out in time is lost."""

"""W3C trace context as text: https://www.w3.org/TR/trace-context/."""

import re
from typing import Final, NamedTuple

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
)
_SAMPLED: Final = 0x01


class TraceContext(NamedTuple):
    trace_id: int
    span_id: int
    flags: int

    @property
    def is_sampled(self) -> bool:
        return bool(self.flags & _SAMPLED)

    def __str__(self) -> str:
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{self.flags:02x}"


def parse_traceparent(text: str | None) -> TraceContext | None:
    """None for what is no traceparent, or one whose ids are all zeros."""
    found = _TRACEPARENT.fullmatch(text) if text else None
    return TraceContext(*(int(part, 16) for part in found.groups())) if found else None


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace id as people look it up."""
    return traceparent.split("-")[1] if traceparent else None

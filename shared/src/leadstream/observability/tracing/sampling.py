"""Which leads are traced."""

from collections.abc import Sequence
from zlib import crc32

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

from leadstream.observability.tracing.names import DESTINATION, FIRST_TOPIC, LEAD_ID

# Of a checksum and not of the id itself: UUIDv7s of one millisecond are counted up.
_CHECKSUMS = 2**32


class LeadSampler(Sampler):
    """Parent-based; and of the leads a share, each whole, decided by its id where it is taken in first.

    A night is one trace. Sampling by trace id would keep one night in ten whole, and nothing of the others; this keeps
    of each night the tick, the query runs, and every tenth lead from discovery to upload.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._limit = share * _CHECKSUMS

    def should_sample(  # noqa: PLR0913 - the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        kept = parent.trace_flags.sampled if parent.is_valid else True
        given = attributes or {}
        if kept and (not parent.is_valid or given.get(DESTINATION) == FIRST_TOPIC):
            kept = self._keeps(given.get(LEAD_ID))
        decision = Decision.RECORD_AND_SAMPLE if kept else Decision.DROP
        return SamplingResult(decision, attributes if kept else None, parent.trace_state)

    def _keeps(self, lead_id: object) -> bool:
        return lead_id is None or crc32(str(lead_id).encode()) < self._limit

    def get_description(self) -> str:
        return f"LeadSampler{{{self._share:g}}}"

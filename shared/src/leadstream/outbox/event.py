from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """A record to be published. Of the same id there may be several records: consumers take them as one event.

    `type` is the CloudEvents type (`lead.discovered.v1`); `headers`, when given, replace the CloudEvents headers
    altogether (dead letters keep their own). `payload` None is a tombstone.
    """

    id: UUID
    topic: str
    key: bytes | None
    payload: bytes | None
    type: str
    aggregate_id: str
    aggregate_type: str = "lead"
    traceparent: str | None = None
    headers: tuple[tuple[str, bytes | None], ...] | None = None

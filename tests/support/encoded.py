"""An event as a producer sends it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadstream.contracts import Event, envelope
from leadstream.contracts.codec import encode_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A record to produce, or an outbox row to write."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def encode(
    event: Event,
    *,
    event_id: UUID | str,
    producer: str,
    time: datetime,
    traceparent: str | None = None,
) -> Encoded:
    """Write an event as `producer` (a service's folder name) sends it.

    `event_id` is to be derived from what happened, so that telling it again after a crash is the
    same event.
    """
    headers = envelope.headers_of(
        event_id=event_id,
        event_type=event.event_type(),
        source=f"/leadstream/{producer}",
        time=time,
        subject=event.key,
        traceparent=traceparent,
    )
    return Encoded(
        topic=event.topic_name,
        key=event.key.encode(),
        value=encode_value(event),
        headers=headers,
    )

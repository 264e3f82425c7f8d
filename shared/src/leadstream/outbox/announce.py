"""From an event to the row that announces it."""

from uuid import UUID

from leadstream.contracts.codec import encode_value
from leadstream.contracts.events import Event
from leadstream.outbox.event import OutboxEvent


def announce(event: Event, *, event_id: UUID, traceparent: str | None = None) -> OutboxEvent:
    """The outbox row for an event.

    `event_id` is to be derived from what happened, so that telling it again after a crash is the same event. Raises
    UnsendableError when every consumer would dead-letter it.
    """
    return OutboxEvent(
        id=event_id,
        topic=event.topic_name,
        key=event.key.encode(),
        payload=encode_value(event),
        type=event.event_type(),
        aggregate_type=event.topic_name.partition(".")[0],
        aggregate_id=event.key,
        traceparent=traceparent,
    )

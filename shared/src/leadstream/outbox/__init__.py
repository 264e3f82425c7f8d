from leadstream.outbox.event import OutboxEvent
from leadstream.outbox.store import add_events

__all__ = ["OutboxEvent", "add_events"]

from leadstream.outbox.event import OutboxEvent
from leadstream.outbox.store import Row, add_events, write_events

__all__ = ["OutboxEvent", "Row", "add_events", "write_events"]

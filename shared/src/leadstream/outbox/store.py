"""Events are rows, written in the transaction that makes them true."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from leadstream.observability.tracing import current_traceparent
from leadstream.outbox.event import OutboxEvent
from leadstream.postgres import Tx, load_queries

SQL = load_queries("leadstream.outbox", "outbox.sql")

# A row as the relay reads it.
Row: TypeAlias = Mapping[str, Any]


async def add_events(tx: Tx, events: Sequence[OutboxEvent]) -> None:
    """Put events into the outbox; whichever process relays them hears of them once the transaction commits."""
    write_events(tx, events)
    if events:
        tx.later(SQL.notify_outbox)


def write_events(tx: Tx, events: Sequence[OutboxEvent]) -> Callable[[], list[Row]]:
    """As `add_events`, without a word to anybody: the caller hands the rows to its relay after the commit.

    For where many transactions commit: those with a NOTIFY commit one at a time, in the whole database.
    """
    if not events:
        return list
    current = current_traceparent()
    headers = [_storable(event.headers) for event in events]
    traceparents = [event.traceparent or current for event in events]
    added = tx.later(
        SQL.insert_events,
        [event.id for event in events],
        [event.aggregate_type for event in events],
        [event.aggregate_id for event in events],
        [event.type for event in events],
        [event.topic for event in events],
        [event.key for event in events],
        [event.payload for event in events],
        [None if each is None else orjson.dumps(each).decode() for each in headers],
        traceparents,
        returns=("seq", "created_at"),
    )
    return lambda: [
        {
            "seq": row["seq"],
            "created_at": row["created_at"],
            "id": event.id,
            "aggregateid": event.aggregate_id,
            "type": event.type,
            "topic": event.topic,
            "key": event.key,
            "payload": event.payload,
            "headers": kept,
            "traceparent": traceparent,
        }
        for row, event, kept, traceparent in zip(
            added.rows, events, headers, traceparents, strict=True
        )
    ]


def size_of(row: Row) -> int:
    """About as many bytes as it takes on its way."""
    named = sum(len(name) + len(value or "") for name, value in row["headers"] or ())
    return len(row["payload"] or b"") + len(row["key"] or b"") + named


def _storable(
    headers: tuple[tuple[str, bytes | None], ...] | None,
) -> list[list[str | None]] | None:
    if headers is None:
        return None
    # Header values are any bytes, and names may repeat: a JSON object could hold neither.
    return [
        [name, None if value is None else base64.b64encode(value).decode()]
        for name, value in headers
    ]


def load_headers(stored: list[list[str | None]]) -> list[tuple[str, bytes | None]]:
    return [
        (str(name), None if value is None else base64.b64decode(value)) for name, value in stored
    ]

"""Events are rows, written in the transaction that makes them true."""

import base64
from collections.abc import Sequence

import orjson

from leadstream.observability.tracing import current_traceparent
from leadstream.outbox.event import OutboxEvent
from leadstream.postgres import Tx, load_queries

SQL = load_queries("leadstream.outbox", "outbox.sql")


async def add_events(tx: Tx, events: Sequence[OutboxEvent], *, notify: bool = True) -> None:
    """Put events into the outbox; the relay publishes them once the transaction commits.

    With `notify=False` the caller wakes its relay after the commit. Do so where many transactions commit: those with a
    NOTIFY commit one at a time, in the whole database.
    """
    if not events:
        return
    current = current_traceparent()
    await tx.execute(
        SQL.insert_events,
        [event.id for event in events],
        [event.aggregate_type for event in events],
        [event.aggregate_id for event in events],
        [event.type for event in events],
        [event.topic for event in events],
        [event.key for event in events],
        [event.payload for event in events],
        [_dump_headers(event.headers) for event in events],
        [event.traceparent or current for event in events],
    )
    if notify:
        await tx.execute(SQL.notify_outbox)


def _dump_headers(headers: tuple[tuple[str, bytes | None], ...] | None) -> str | None:
    if headers is None:
        return None
    # Header values are any bytes, and names may repeat: a JSON object could hold neither.
    return orjson.dumps(
        [
            [name, None if value is None else base64.b64encode(value).decode()]
            for name, value in headers
        ]
    ).decode()


def load_headers(stored: list[list[str | None]]) -> list[tuple[str, bytes | None]]:
    return [
        (str(name), None if value is None else base64.b64decode(value)) for name, value in stored
    ]

"""Records that can't be used are set aside whole, with the reason beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leadstream.contracts.record import RawRecord
from leadstream.contracts.registry import dead_letter_topic
from leadstream.ids import derived_id
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, load_queries

SQL = load_queries("leadstream.kafka", "intake.sql")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    record: RawRecord
    reason: str
    # What was wrong, by field path and expectation; never a value out of the record.
    error: str


async def set_aside(
    tx: Tx, letters: Sequence[DeadLetter], *, service: str
) -> tuple[list[DeadLetter], list[OutboxEvent]]:
    """Note the records as set aside; return those that were not before, and the records to publish for them."""
    if not letters:
        return [], []
    rows = await tx.fetch(
        SQL.note_dead_letters,
        [letter.record.topic for letter in letters],
        [letter.record.partition for letter in letters],
        [letter.record.offset for letter in letters],
        [letter.record.timestamp for letter in letters],
        [letter.reason for letter in letters],
        [letter.error for letter in letters],
    )
    new = {(row["topic"], row["partition"], row["record_offset"]) for row in rows}
    fresh = [
        each
        for each in letters
        if (each.record.topic, each.record.partition, each.record.offset) in new
    ]
    return fresh, [_event(letter, service) for letter in fresh]


def _event(letter: DeadLetter, service: str) -> OutboxEvent:
    record = letter.record
    why = {
        "dlq_reason": letter.reason,
        "dlq_error": letter.error,
        "dlq_topic": record.topic,
        "dlq_partition": str(record.partition),
        "dlq_offset": str(record.offset),
        "dlq_at": datetime.now(UTC).isoformat(),
    }
    # A record that comes back through a replay and fails again carries one set of reasons: the newest.
    kept = [(name, value) for name, value in record.headers if name not in why]
    return OutboxEvent(
        id=derived_id(
            "dead-letter", service, record.topic, record.partition, record.offset, record.timestamp
        ),
        topic=dead_letter_topic(record.topic, service),
        key=record.key,
        payload=record.value,
        type="dead-letter",
        aggregate_type="dead-letter",
        aggregate_id=f"{record.topic}/{record.partition}/{record.offset}",
        headers=(*kept, *((name, value.encode()) for name, value in why.items())),
    )

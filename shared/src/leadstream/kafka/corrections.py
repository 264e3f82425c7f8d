"""A copy of a dead letter's record that a person has put right: a new event, which says what it stands for."""

import hashlib
import json
from typing import Any, Final
from uuid import UUID

from leadstream.contracts import envelope
from leadstream.contracts.codec import Decoded, decode
from leadstream.contracts.events import EVENTS, VERSIONS, Event
from leadstream.contracts.record import Record
from leadstream.contracts.rejection import RefusedError, Rejected
from leadstream.ids import derived_id
from leadstream.kafka.letters import reasons

# A CloudEvents extension: the id of the dead letter.
CORRECTS: Final = "corrects"
# Which event it is, a copy says itself.
_OF_THE_EVENT: Final = ("ce_id", f"ce_{CORRECTS}")


def correction_id(letter_id: str, value: bytes, key: str | None) -> UUID:
    """The same correction sent twice is one event: whoever has handled it knows it by its id."""
    return derived_id("correction", letter_id, hashlib.sha256(value).hexdigest(), key or "")


def corrected(letter: Any, letter_id: str, value: bytes, key: str | None) -> Record | Rejected:
    """The record to be sent instead of the letter's, or why no consumer could use it.

    The headers that tell of the failure are left behind, and so is what of the envelope can't be read: it may be the
    failure. Without a key, the record gets the one that its topic is ordered by.
    """
    event_id = str(correction_id(letter_id, value, key))
    topic = reasons(letter)["dlq_topic"]
    headers = _usable(letter.headers, topic, frozenset(reasons(letter)))
    if envelope.is_structured(dict(headers)):
        value = _named(value, event_id, letter_id)
    else:
        named = (("ce_id", event_id), (f"ce_{CORRECTS}", letter_id))
        headers = (*headers, *((name, text.encode()) for name, text in named))
    record = Record(topic=topic, timestamp=letter.timestamp, value=value, headers=headers)
    event: Decoded[Event] | Rejected = decode(record)
    if isinstance(event, Rejected):
        return event
    return Record(
        topic=topic,
        timestamp=letter.timestamp,
        key=(event.event.key if key is None else key).encode(),
        value=value,
        headers=headers,
    )


def _usable(
    headers: Any, topic: str, failure: frozenset[str]
) -> tuple[tuple[str, bytes | None], ...]:
    left_out = {*failure, *_OF_THE_EVENT}
    return tuple(
        (name, value)
        for name, value in headers
        if name not in left_out and _can_be_read(name, value, topic)
    )


def _can_be_read(name: str, value: bytes | None, topic: str) -> bool:
    match name.lower():
        case "ce_type":
            model = VERSIONS.get((value or b"").decode(errors="replace"))
            return topic not in EVENTS or (model is not None and model.topic_name == topic)
        case "ce_specversion":
            return value == envelope.SPEC_VERSION.encode()
        case "content-type":
            try:
                envelope.is_structured({"content-type": value})
            except RefusedError:
                return False
    return True


def _named(value: bytes, event_id: str, letter_id: str) -> bytes:
    """A CloudEvents object with its new id; what is none, is found to be so by whoever decodes it."""
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return value
    if not isinstance(document, dict):
        return value
    return json.dumps({**document, "id": event_id, CORRECTS: letter_id}).encode()

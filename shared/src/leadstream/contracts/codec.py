"""Records to events and back.

`decode` takes any bytes whatever and never raises: what is no event comes back as a Rejected that says
why. `encode` is the other way round.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError

from leadstream.contracts import envelope, strict_json
from leadstream.contracts.envelope import Attributes
from leadstream.contracts.events import EVENTS, FIELD_NAMES, VERSIONS, Event, FieldPath
from leadstream.contracts.record import RawRecord, coordinates
from leadstream.contracts.rejection import Reason, RefusedError, Rejected, explain
from leadstream.errors import PermanentError

MAX_VALUE_BYTES: Final = 1_000_000

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded(Generic[E_co]):
    """An event with its metadata and the record it came in; its repr shows no payload."""

    event: E_co = field(repr=False)
    id: str
    type: str
    source: str | None
    subject: str
    time: datetime
    traceparent: str | None
    record: RawRecord = field(repr=False)

    @property
    def key(self) -> bytes | None:
        return self.record.key

    @property
    def coordinates(self) -> str:
        return coordinates(self.record)


class UnsendableError(PermanentError):
    """Every consumer would dead-letter it."""


def decode(record: RawRecord) -> Decoded[Event] | Rejected:
    """Read the event its topic stands for."""
    try:
        return _decode(record)
    except RefusedError as refused:
        return Rejected(record, refused.reason, refused.error)


def encode_value(event: Event) -> bytes:
    """The event itself: plain JSON, UTF-8, no envelope."""
    value = event.as_json()
    if len(value) > MAX_VALUE_BYTES:
        raise UnsendableError(
            f"{event.event_type()} {event.key}: more than {MAX_VALUE_BYTES} bytes"
        )
    if strict_json.has_nul(value):
        raise UnsendableError(f"{event.event_type()} {event.key}: text with \\u0000")
    return value


def _decode(record: RawRecord) -> Decoded[Event]:
    attributes, model, data = _open(record)
    time = envelope.time_of(attributes, record)
    event = _validate(model, data, time)
    return Decoded(
        event=event,
        id=attributes.get("id") or coordinates(record),
        type=model.event_type(),
        source=attributes.get("source") or None,
        subject=attributes.get("subject") or event.key,
        time=time,
        traceparent=envelope.traceparent_of(attributes),
        record=record,
    )


def _open(record: RawRecord) -> tuple[Attributes, type[Event], Any]:
    """Part metadata and data. The type is looked at first: other contracts are not ours to parse."""
    value = _value_of(record)
    headers = dict(record.headers)
    if not envelope.is_structured(headers):
        attributes = envelope.attributes_of_headers(headers)
        return attributes, _model_of(record.topic, attributes), strict_json.parse(value)
    document = strict_json.parse(value)
    if not isinstance(document, dict):
        raise RefusedError(Reason.SCHEMA_VIOLATION, "value: expected a CloudEvents object")
    attributes = envelope.attributes_of_document(document)
    return attributes, _model_of(record.topic, attributes), envelope.data_of(document)


def _value_of(record: RawRecord) -> bytes:
    if record.value is None:
        raise RefusedError(Reason.TOMBSTONE, "no value")
    if len(record.value) > MAX_VALUE_BYTES:
        raise RefusedError(Reason.TOO_LARGE, f"more than {MAX_VALUE_BYTES} bytes")
    return record.value


def _model_of(topic: str, attributes: Attributes) -> type[Event]:
    newest = EVENTS.get(topic)
    if newest is None:
        raise RefusedError(Reason.UNKNOWN_TYPE, "topic: no event is defined for it")
    envelope.check_specversion(attributes)
    event_type = attributes.get("type", newest.event_type())
    model = VERSIONS.get(event_type)
    if model is not None and model.topic_name == topic:
        return model
    is_ours = event_type == topic or event_type.startswith(f"{topic}.v")
    reason = Reason.UNKNOWN_VERSION if is_ours else Reason.UNKNOWN_TYPE
    raise RefusedError(reason, f"type: expected {newest.event_type()}")


def _validate(model: type[Event], data: Any, time: datetime) -> Event:
    if isinstance(data, dict):
        for path in model.times:
            _default_time(data, path, time)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RefusedError(Reason.SCHEMA_VIOLATION, explain(error, FIELD_NAMES)) from None


def _default_time(data: dict[str, Any], path: FieldPath, time: datetime) -> None:
    *parents, name = path
    target: Any = data
    for parent in parents:
        target = target.get(parent)
        if not isinstance(target, dict):
            return
    if target.get(name) is None:
        target[name] = time

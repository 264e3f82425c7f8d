"""An event's metadata: CloudEvents 1.0 in Kafka's binary mode (headers) or structured mode (JSON)."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from leadstream.contracts import strict_json
from leadstream.contracts.fields import parse_moment
from leadstream.contracts.record import RawRecord
from leadstream.contracts.rejection import Reason, RefusedError

SPEC_VERSION: Final = "1.0"
STRUCTURED: Final = "application/cloudevents+json"
MAX_ATTRIBUTE: Final = 1_024

# Attributes by name, as they were sent: "" is one that was sent but can't be used.
Attributes = Mapping[str, str]

_HEADERS: Final = {
    "specversion": "ce_specversion",
    "id": "ce_id",
    "type": "ce_type",
    "source": "ce_source",
    "subject": "ce_subject",
    "time": "ce_time",
    "traceparent": "traceparent",
}
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_3000_MS: Final = 32_503_680_000_000


def is_structured(headers: Mapping[str, bytes | None]) -> bool:
    """The content type decides the mode, as the Kafka binding says."""
    content_type = headers.get("content-type") or headers.get("Content-Type")
    if not content_type or content_type == b"application/json":
        return False
    media_type = content_type.partition(b";")[0].strip().lower()
    if not media_type.startswith(b"application/cloudevents"):
        return False
    if media_type != STRUCTURED.encode():
        raise RefusedError(Reason.UNKNOWN_TYPE, f"content-type: expected {STRUCTURED}")
    return True


def attributes_of_headers(headers: Mapping[str, bytes | None]) -> Attributes:
    return {
        name: _text(value)
        for name, header in _HEADERS.items()
        if (value := headers.get(header)) is not None
    }


def attributes_of_document(document: Mapping[str, Any]) -> Attributes:
    found = ((name, document.get(name)) for name in _HEADERS)
    return {name: _usable(value) for name, value in found if value is not None}


def data_of(document: Mapping[str, Any]) -> Any:
    if "data" in document:
        return document["data"]
    try:
        return strict_json.parse(base64.b64decode(document["data_base64"], validate=True))
    except KeyError:
        raise RefusedError(Reason.SCHEMA_VIOLATION, "data: missing") from None
    except (TypeError, ValueError):
        raise RefusedError(Reason.SCHEMA_VIOLATION, "data_base64: expected base64") from None


def check_specversion(attributes: Attributes) -> None:
    if attributes.get("specversion", SPEC_VERSION) != SPEC_VERSION:
        raise RefusedError(Reason.UNKNOWN_VERSION, f"specversion: expected {SPEC_VERSION}")


def time_of(attributes: Attributes, record: RawRecord) -> datetime:
    """When it happened: as the producer says, else when the record was made."""
    try:
        return parse_moment(attributes["time"])
    except (KeyError, ValueError):
        return _record_time(record)


def traceparent_of(attributes: Attributes) -> str | None:
    traceparent = attributes.get("traceparent", "")
    return traceparent if _TRACEPARENT.fullmatch(traceparent) else None


def headers_of(
    *,
    event_id: UUID | str,
    event_type: str,
    source: str,
    time: datetime,
    subject: str,
    traceparent: str | None = None,
) -> tuple[tuple[str, bytes], ...]:
    """The headers of an event in binary mode."""
    headers = (
        ("ce_specversion", SPEC_VERSION.encode()),
        ("ce_id", str(event_id).encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("ce_time", time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("ce_subject", subject.encode()),
        ("content-type", b"application/json"),
    )
    return (*headers, ("traceparent", traceparent.encode())) if traceparent else headers


def _record_time(record: RawRecord) -> datetime:
    # Any 64-bit number can be in a record; 1970 at least says at a glance that there was no time.
    known = 0 < record.timestamp < _YEAR_3000_MS
    return datetime.fromtimestamp(record.timestamp / 1000, UTC) if known else _EPOCH


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return ""
    return text if len(text) <= MAX_ATTRIBUTE and "\0" not in text else ""


def _usable(value: Any) -> str:
    fits = isinstance(value, str) and len(value) <= MAX_ATTRIBUTE and "\0" not in value
    return value if fits else ""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from leadstream.contracts import (
    MAX_VALUE_BYTES,
    Company,
    Contact,
    Decoded,
    Enrichment,
    EnrichmentStatus,
    Event,
    LeadDiscovered,
    LeadEnriched,
    Reason,
    Record,
    Rejected,
    SchedulerTick,
    UnsendableError,
    decode,
)
from support.encoded import encode

LEAD = UUID("0199b2a4-5c00-7000-8000-000000000001")
WORKSPACE = UUID("6b1f3c54-7b0e-5c7e-9d0a-3c1f2a4b5d6e")
NOON = datetime(2026, 1, 22, 12, tzinfo=UTC)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STRUCTURED = ("content-type", b"application/cloudevents+json")


def a_lead_discovered() -> LeadDiscovered:
    return LeadDiscovered(
        lead_id=LEAD,
        workspace_id=WORKSPACE,
        company=Company(name="Acme Corp", domain="acme.com"),
        discovered_at=NOON - timedelta(hours=1),
    )


def a_value(**fields: object) -> dict[str, object]:
    lead = {"lead_id": str(LEAD), "workspace_id": str(WORKSPACE), "company": {"name": "Acme"}}
    return lead | fields


def a_record(value: bytes | None = None, *headers: tuple[str, bytes | None]) -> Record:
    return Record(
        topic="lead.discovered",
        partition=3,
        offset=9,
        timestamp=1_769_083_200_000,
        key=b"a key",
        value=orjson.dumps(a_value()) if value is None else value,
        headers=headers,
    )


def accepted(record: Record) -> Decoded[Event]:
    decoded = decode(record)
    assert isinstance(decoded, Decoded), decoded
    return decoded


def lead(record: Record) -> LeadDiscovered:
    event = accepted(record).event
    assert isinstance(event, LeadDiscovered)
    return event


def reason(record: Record) -> Reason:
    rejected = decode(record)
    assert isinstance(rejected, Rejected)
    assert rejected.record is record
    assert rejected.error
    return rejected.reason


def test_event_comes_back_as_it_was_sent() -> None:
    sent = encode(
        a_lead_discovered(),
        event_id="e-1",
        producer="discovery",
        time=NOON,
        traceparent=TRACEPARENT,
    )

    got = accepted(Record(topic=sent.topic, key=sent.key, value=sent.value, headers=sent.headers))

    assert got.event == a_lead_discovered()
    assert (got.id, got.type, got.source) == ("e-1", "lead.discovered.v1", "/leadstream/discovery")
    assert (got.subject, got.time, got.traceparent) == (str(LEAD), NOON, TRACEPARENT)


def test_sent_headers_are_those_of_the_kafka_binding() -> None:
    sent = encode(a_lead_discovered(), event_id=LEAD, producer="platform-upload", time=NOON)

    assert dict(sent.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": str(LEAD).encode(),
        "ce_type": b"lead.discovered.v1",
        "ce_source": b"/leadstream/platform-upload",
        "ce_time": b"2026-01-22T12:00:00Z",
        "ce_subject": str(LEAD).encode(),
        "content-type": b"application/json",
    }


def test_key_is_the_lead_or_the_schedule() -> None:
    tick = SchedulerTick(tick_id=LEAD, schedule="credit-reset", scheduled_for=NOON, emitted_at=NOON)

    keys = [
        encode(event, event_id="e", producer="scheduler", time=NOON).key
        for event in (a_lead_discovered(), tick)
    ]

    assert keys == [str(LEAD).encode(), b"credit-reset"]


def test_json_alone_is_an_event() -> None:
    got = accepted(a_record())

    assert got.id == got.coordinates == "lead.discovered/3/9"
    assert got.type == "lead.discovered.v1"
    assert got.source is None
    assert got.subject == str(LEAD)
    assert got.time == datetime(2026, 1, 22, 12, tzinfo=UTC)
    assert lead(a_record()).discovered_at == got.time
    assert got.traceparent is None
    assert got.key == b"a key"


@pytest.mark.parametrize("timestamp", [-1, 0, 2**63 - 1, -(2**63)])
def test_record_without_a_usable_time_is_of_1970(timestamp: int) -> None:
    record = Record(topic="lead.discovered", timestamp=timestamp, value=orjson.dumps(a_value()))

    assert accepted(record).time == datetime(1970, 1, 1, tzinfo=UTC)


def test_time_of_the_event_fills_in_times_left_out() -> None:
    record = a_record(None, ("ce_time", b"2026-01-20T10:00:00+02:00"))

    assert lead(record).discovered_at == datetime(2026, 1, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents+json",
        b"application/cloudevents+json; charset=utf-8",
        b"Application/CloudEvents+JSON;charset=UTF-8",
    ],
)
@pytest.mark.parametrize("header", ["content-type", "Content-Type"])
def test_structured_mode_is_read(header: str, content_type: bytes) -> None:
    document = {
        "specversion": "1.0",
        "type": "lead.discovered.v1",
        "id": "e-7",
        "source": "/crm",
        "subject": "acme",
        "time": "2026-01-22T12:00:00Z",
        "traceparent": TRACEPARENT,
        "datacontenttype": "application/json",
        "data": a_value(),
    }

    got = accepted(a_record(orjson.dumps(document), (header, content_type)))

    assert (got.id, got.source, got.subject) == ("e-7", "/crm", "acme")
    assert (got.time, got.traceparent) == (NOON, TRACEPARENT)


def test_structured_mode_may_carry_its_data_in_base64() -> None:
    document = {"data_base64": base64.b64encode(orjson.dumps(a_value())).decode()}

    assert lead(a_record(orjson.dumps(document), STRUCTURED)).lead_id == LEAD


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], Reason.SCHEMA_VIOLATION),
        ({}, Reason.SCHEMA_VIOLATION),
        ({"data": "{}"}, Reason.SCHEMA_VIOLATION),
        ({"data_base64": "no base64"}, Reason.SCHEMA_VIOLATION),
        ({"data_base64": 7}, Reason.SCHEMA_VIOLATION),
        ({"data_base64": "żółć"}, Reason.SCHEMA_VIOLATION),
        ({"data_base64": base64.b64encode(b"{").decode()}, Reason.MALFORMED_JSON),
        ({"data": a_value(), "type": "lead.discovered.v2"}, Reason.UNKNOWN_VERSION),
        ({"data": a_value(), "type": "lead.enriched.v1"}, Reason.UNKNOWN_TYPE),
        ({"data": a_value(), "type": 7}, Reason.UNKNOWN_TYPE),
        ({"data": a_value(), "specversion": "0.3"}, Reason.UNKNOWN_VERSION),
        ({"data": a_value(), "specversion": 1.0}, Reason.UNKNOWN_VERSION),
    ],
)
def test_structured_mode_that_is_none_is_rejected(document: object, expected: Reason) -> None:
    assert reason(a_record(orjson.dumps(document), STRUCTURED)) is expected


@pytest.mark.parametrize(
    "media_type", [b"application/cloudevents+avro", b"application/cloudevents-batch+json"]
)
def test_other_cloudevents_formats_are_rejected(media_type: bytes) -> None:
    assert reason(a_record(None, ("content-type", media_type))) is Reason.UNKNOWN_TYPE


@pytest.mark.parametrize(
    "media_type", [b"text/plain", b"application/json; charset=utf-8", b"\xff", b"", None]
)
def test_any_other_content_type_is_taken_for_json(media_type: bytes | None) -> None:
    assert accepted(a_record(None, ("content-type", media_type)))


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        (b"lead.discovered.v2", Reason.UNKNOWN_VERSION),
        (b"lead.discovered.v01", Reason.UNKNOWN_VERSION),
        (b"lead.discovered.v1 ", Reason.UNKNOWN_VERSION),
        (b"lead.discovered", Reason.UNKNOWN_VERSION),
        (b"lead.enriched.v1", Reason.UNKNOWN_TYPE),
        (b"lead.discoveredx.v1", Reason.UNKNOWN_TYPE),
        (b"com.example.someevent", Reason.UNKNOWN_TYPE),
        (b"", Reason.UNKNOWN_TYPE),
        (b"\xff\xfe", Reason.UNKNOWN_TYPE),
        (b"lead.discovered.v1" * 100, Reason.UNKNOWN_TYPE),
    ],
)
def test_another_contract_is_rejected(event_type: bytes, expected: Reason) -> None:
    assert reason(a_record(None, ("ce_type", event_type))) is expected


def test_another_contract_is_not_looked_into() -> None:
    record = a_record(b"\x00avro", ("ce_type", b"lead.discovered.v2"))

    assert reason(record) is Reason.UNKNOWN_VERSION


@pytest.mark.parametrize("specversion", [b"0.3", b"1.1", b"", b"\xff"])
def test_another_cloudevents_version_is_rejected(specversion: bytes) -> None:
    assert reason(a_record(None, ("ce_specversion", specversion))) is Reason.UNKNOWN_VERSION


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_subject", "ce_time", "traceparent"])
@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"a\x00b", b"x" * 5_000])
def test_unusable_metadata_counts_as_left_out(name: str, value: bytes | None) -> None:
    got = accepted(a_record(None, (name, value)))

    assert (got.id, got.source, got.subject) == ("lead.discovered/3/9", None, str(LEAD))
    assert (got.time, got.traceparent) == (NOON, None)


def test_of_repeated_headers_the_last_counts() -> None:
    record = a_record(None, ("ce_id", b"first"), ("ce_id", None), ("ce_id", b"last"))

    assert accepted(record).id == "last"


def test_record_of_no_known_topic_is_rejected() -> None:
    assert reason(Record(topic="lead.lost", value=b"{}")) is Reason.UNKNOWN_TYPE


def test_tombstone_is_rejected() -> None:
    assert reason(Record(topic="lead.discovered")) is Reason.TOMBSTONE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", Reason.MALFORMED_JSON),
        (b"   ", Reason.MALFORMED_JSON),
        (b"garbage", Reason.MALFORMED_JSON),
        (b"\xef\xbb\xbf{}", Reason.MALFORMED_JSON),
        (b'{"revision": NaN}', Reason.MALFORMED_JSON),
        (b'{"revision": -Infinity}', Reason.MALFORMED_JSON),
        (b'{"revision": 1e999}', Reason.MALFORMED_JSON),
        (b'{"a": "\x00"}', Reason.MALFORMED_JSON),
        (b"\x00\x00\x00\x00\x07avro", Reason.MALFORMED_JSON),
        (b'{"a": "\xff"}', Reason.INVALID_UTF8),
        (b'{"a": "\xed\xa0\x80"}', Reason.INVALID_UTF8),
        (b"\xff\xfe{\x00}\x00", Reason.INVALID_UTF8),
        (b'{"a": "\\ud800"}', Reason.UNSUPPORTED_TEXT),
        (b'{"a": "\\udc00\\ud800"}', Reason.UNSUPPORTED_TEXT),
        (b'{"a": "\\u0000"}', Reason.UNSUPPORTED_TEXT),
        (b'{"\\u0000": "unknown field"}', Reason.UNSUPPORTED_TEXT),
        (b'{"a": "\\\\\\u0000"}', Reason.UNSUPPORTED_TEXT),
        (b"[" * 100_000, Reason.TOO_DEEP),
        (b'{"a":' * 100_000, Reason.TOO_DEEP),
        (b"[" * 100_000 + b"]" * 100_000, Reason.TOO_DEEP),
        (b"[]", Reason.SCHEMA_VIOLATION),
        (b"null", Reason.SCHEMA_VIOLATION),
        (b"{}", Reason.SCHEMA_VIOLATION),
        (b" " * (MAX_VALUE_BYTES + 1), Reason.TOO_LARGE),
    ],
)
def test_what_is_no_event_is_rejected_with_its_reason(value: bytes, expected: Reason) -> None:
    assert reason(a_record(value)) is expected


def test_escaped_backslash_before_u0000_is_text_like_any_other() -> None:
    value = orjson.dumps(a_value(company={"name": r"C:\u0000"}))

    assert b"\\u0000" in value
    assert lead(a_record(value)).company.name == r"C:\u0000"


def test_largest_value_is_taken() -> None:
    value = orjson.dumps(a_value()).ljust(MAX_VALUE_BYTES)

    assert accepted(a_record(value))


def test_of_repeated_keys_the_last_counts() -> None:
    value = orjson.dumps(a_value()).replace(b'"name":', b'"name":"First","name":')

    assert lead(a_record(value)).company.name == "Acme"


def test_event_with_text_that_postgres_refuses_is_not_sent() -> None:
    event = a_lead_discovered().model_copy(update={"company": Company(name="a\x00b")})

    with pytest.raises(UnsendableError, match="u0000"):
        encode(event, event_id="e", producer="discovery", time=NOON)


def test_event_that_is_too_large_is_not_sent() -> None:
    contact = Contact(full_name="x" * 500, title="x" * 500, linkedin_url="x" * 2_048)
    found = Enrichment(
        status=EnrichmentStatus.COMPLETED, enriched_at=NOON, contacts=(contact,) * 200
    )
    company = Company(name="Acme", social_profiles={str(n): "x" * 2_048 for n in range(200)})
    event = LeadEnriched(
        lead_id=LEAD,
        workspace_id=WORKSPACE,
        company=company,
        discovered_at=NOON,
        enrichment=found,
    )

    with pytest.raises(UnsendableError, match="1000000 bytes"):
        encode(event, event_id="e", producer="enrichment", time=NOON)


def test_a_decoded_event_and_a_rejected_one_don_t_show_their_payload() -> None:
    decoded = decode(a_record(orjson.dumps(a_value(company={"name": "Olivia"}))))
    rejected = decode(a_record(b'{"Olivia'))

    assert "Olivia" not in repr(decoded) + repr(rejected)

"""What becomes of a dead letter's headers, key and value in a corrected copy."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest

from leadstream.contracts.record import Record
from leadstream.contracts.rejection import Reason, Rejected
from leadstream.kafka.corrections import corrected, correction_id
from support.intake import TOPIC, a_lead

LETTER = f"{TOPIC}:1:42:1700000000000"
LEAD = UUID(int=7)
WHY = [("dlq_reason", b"schema_violation"), ("dlq_topic", TOPIC.encode()), ("dlq_offset", b"42")]
Headers = Sequence[tuple[str, bytes | None]]


def a_letter(headers: Headers = ()) -> Record:
    return Record(
        topic=f"{TOPIC}.enrichment.dlq",
        timestamp=1_700_000_000_000,
        key=b"old",
        value=b"{",
        headers=[*headers, *WHY],
    )


def names(headers: Headers) -> list[str]:
    return [name for name, _ in headers]


def copy(headers: Headers = (), value: bytes | None = None, key: str | None = None) -> Any:
    return corrected(a_letter(headers), LETTER, value or a_lead(lead=LEAD), key)


@pytest.mark.parametrize(
    ("header", "stays"),
    [
        (("ce_source", b"/crm"), True),
        (("ce_type", b"lead.discovered.v1"), True),
        (("ce_type", b"lead.discovered.v9"), False),
        (("ce_type", b"lead.enriched.v1"), False),
        (("ce_type", b"\xff"), False),
        (("ce_specversion", b"1.0"), True),
        (("ce_specversion", b"0.3"), False),
        (("content-type", b"application/json"), True),
        (("content-type", b"application/cloudevents+avro"), False),
        (("mine", None), True),
        (("ce_corrects", b"an earlier letter"), False),
    ],
)
def test_what_can_be_read_of_the_headers_stays(
    header: tuple[str, bytes | None], *, stays: bool
) -> None:
    record = copy([header])

    assert isinstance(record, Record)
    assert (header in record.headers) is stays
    assert not [name for name in names(record.headers) if name.startswith("dlq_")]
    assert dict(record.headers)["ce_corrects"] == LETTER.encode()


def test_the_key_is_the_contracts_unless_one_is_given() -> None:
    assert copy().key == str(LEAD).encode()
    assert copy(key="mine").key == b"mine"


def test_a_copy_goes_where_the_letter_came_from_under_an_id_of_its_own() -> None:
    value = a_lead(lead=LEAD)
    record = copy([("ce_id", b"old")], value=value)

    assert record.topic == TOPIC
    ids = [each for name, each in record.headers if name == "ce_id"]
    assert ids == [str(correction_id(LETTER, value, None)).encode()]


def test_other_corrections_are_other_events() -> None:
    ids = {
        correction_id(*parts)
        for parts in (
            (LETTER, b"a", None),
            (LETTER, b"b", None),
            (LETTER, b"a", "k"),
            ("x", b"a", None),
        )
    }

    assert len(ids) == 4
    assert correction_id(LETTER, b"a", None) in ids


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"[]", Reason.SCHEMA_VIOLATION),
        (b"{}", Reason.SCHEMA_VIOLATION),
        (b"{", Reason.MALFORMED_JSON),
        (b"\xff", Reason.INVALID_UTF8),
        (b'{"specversion": "1.0", "data": {}}', Reason.SCHEMA_VIOLATION),
        (b"[" * 100_000, Reason.TOO_DEEP),
        (b" " * 1_000_001, Reason.TOO_LARGE),
    ],
)
@pytest.mark.parametrize("kind", [b"application/json", b"application/cloudevents+json"])
def test_what_no_consumer_could_use_is_refused(value: bytes, reason: Reason, kind: bytes) -> None:
    record = copy([("content-type", kind)], value=value)

    assert isinstance(record, Rejected)
    assert record.reason is reason


def test_a_structured_event_keeps_what_it_says_besides_its_id() -> None:
    document = {"id": "old", "type": f"{TOPIC}.v1", "data": orjson.loads(a_lead()), "mine": "ä"}

    record = copy([("content-type", b"application/cloudevents+json")], value=orjson.dumps(document))

    sent = orjson.loads(record.value)
    assert sent.pop("corrects") == LETTER
    assert sent.pop("id") != document.pop("id")
    assert sent == document

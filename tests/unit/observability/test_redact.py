import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.observability import Redactor

REDACT = Redactor(secrets=["hunter2-the-second", "abc"])

# What is leaked, and a line that would leak it.
LEAKS = [
    ("olivia@acme.example", "mail to olivia@acme.example bounced"),
    ("olivia@acme.example", "recipient=olivia@acme.example;"),
    ("olivia@acme.example", "{'to': ['Olivia <olivia@acme.example>']}"),
    ("olivia@acme.example", b"olivia@acme.example"),
    ("olivia%40acme.example", "GET /recipients?email=olivia%40acme.example"),
    ("ölivia@bücher.example", "ölivia@bücher.example"),
    ("o+tag@acme.example", "o+tag@acme.example,b@c.example"),
    ("b@c.example", "o+tag@acme.example,b@c.example"),
    ("T0/B0/XyZ", "https://hooks.slack.com/services/T0/B0/XyZ said 404"),
    ("T0/B0/XyZ", "posting to hooks.slack.com/services/T0/B0/XyZ"),
    ("in/9f8e7d", "url='https://crm.acme.example/in/9f8e7d', attempt=1"),
    ("key=9f8e7d", "https://crm.acme.example?key=9f8e7d"),
    ("s3cr3t", "postgres://user:s3cr3t@db.internal:5432/leads"),
    ("p/s3cr3t", "postgres://user:p/s3cr3t@db.internal/leads"),
    ("s3cr3t", "could not connect: host=db password=s3cr3t user=app"),
    ("s3cr3t", '{"client_secret": "s3cr3t", "id": 1}'),
    ("s3cr3t", "{'Authorization': 's3cr3t'}"),
    ("eW91OnNlY3JldA==", "authorization: Basic eW91OnNlY3JldA=="),
    ("tok3n.tok3n", "Bearer tok3n.tok3n was refused"),
    ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),
    ("re_123456789_abcDEF", "key re_123456789_abcDEF is restricted"),
    ("xoxb-12-34-abc", "xoxb-12-34-abc"),
    ("pat-na1-0b8c6f8e", "pat-na1-0b8c6f8e-7a51"),
    ("shpat_0123456789abcdef", "shpat_0123456789abcdef"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.sig"),
    ("hunter2-the-second", "a value known to be secret: hunter2-the-second"),
]


@pytest.mark.parametrize(("leak", "text"), LEAKS)
def test_nothing_telling_stays_in_a_text(leak: str, text: object) -> None:
    assert leak not in str(REDACT.value(text))


@pytest.mark.parametrize(("leak", "text"), LEAKS)
def test_nothing_telling_stays_however_deep_it_lies(leak: str, text: object) -> None:
    nested = {"errors": [{"detail": (text,)}], str(text): 1, "raised": ValueError(text)}

    assert leak not in str(REDACT.value(nested))


@pytest.mark.parametrize(
    "text",
    [
        "delivery.attempted",
        "listening on http://127.0.0.1:8003",
        "see https://example.com/.",
        "connected to broker kafka-1:9092",
        "lead 0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11 revision 2",
        "re_enrichment_of_leads",
        "12:30:00 abc",
        "Acme Corp. & Sons <b>",
        "Café Zürich 東京",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert REDACT.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11",
        "workspace:0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "succeeded",
    ],
)
def test_ids_and_words_stay_but_for_those_that_are_known_to_be_secret(text: str) -> None:
    assert REDACT.text(text) == text
    assert Redactor([text]).text(text) == "[redacted]"
    assert text not in REDACT.text(f"token: {text}")


def test_the_host_of_a_url_stays() -> None:
    assert REDACT.text("https://crm.acme.example:8443/in?k=1") == (
        "https://crm.acme.example:8443/[redacted]"
    )


@pytest.mark.parametrize(
    "name",
    ["password", "api_key", "clay-api-key", "access_token", "ADMIN_TOKENS", "x.secret", "cookie"],
)
def test_names_of_secrets_give_their_values_away(name: str) -> None:
    assert REDACT.value({name: {"a": "anything"}}) == {name: "[redacted]"}
    assert REDACT.field(name, 12345) == "[redacted]"


@pytest.mark.parametrize("name", ["key_id", "token_name", "key", "tokens_refused", "secretary"])
def test_other_names_do_not(name: str) -> None:
    assert REDACT.field(name, "2026-01") == "2026-01"


def test_values_become_what_json_knows() -> None:
    value: dict[Any, object] = {
        "id": UUID(int=7),
        1: None,
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "big": 2**80,
        "set": {3},
        "lone surrogate": "\ud800",
    }

    assert REDACT.value(value) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "1": None,
        "at": "2026-01-02T03:04:05+00:00",
        "big": str(2**80),
        "set": [3],
        "lone surrogate": "?",
    }


def test_a_structure_without_end_has_one_here() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert "…" in str(REDACT.value(endless))


def test_addresses_stay_where_they_are_the_point() -> None:
    audit = Redactor(addresses=False)

    assert audit.value({"email": "a@b.example", "token": "t"}) == {
        "email": "a@b.example",
        "token": "[redacted]",
    }


@pytest.mark.parametrize(
    "unit", ["a", "@", "a@", "://", "https://", "token=", "%40", "eyJ", "Basic "]
)
def test_a_megabyte_of_anything_takes_no_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    started = time.process_time()
    REDACT.text(text)

    assert time.process_time() - started < 20


@given(st.text(alphabet=st.sampled_from("ab1@%40:/.=\"'<>[] \\_-éé"), max_size=60))
def test_no_address_survives_any_surroundings(around: str) -> None:
    half = len(around) // 2

    text = REDACT.text(f"{around[:half]} olivia@acme.example {around[half:]}")

    assert "olivia@acme.example" not in text

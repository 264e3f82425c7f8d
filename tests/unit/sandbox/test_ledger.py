"""The judges, on ledgers in which something went wrong, and on ledgers in which nothing did."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from leadstream_dev.sandbox import Ledger

START = datetime(2026, 11, 23, 2, tzinfo=UTC)


class Book:
    """Writes ledger lines as the server does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger(path)
        self.lines = 0

    def add(self, provider: str, operation: str, *effects: dict[str, Any], **fields: Any) -> None:
        self.lines += 1
        line = {
            "seq": self.lines,
            "time": (START + timedelta(seconds=fields.pop("at", 0))).isoformat(),
            "provider": provider,
            "operation": operation,
            "status": 200,
            "outcome": "accepted",
            "replayed": False,
            "body": None,
            "headers": {},
            "effects": effects,
        }
        with self.path.open("ab") as file:
            file.write(orjson.dumps(line | fields) + b"\n")

    def email(self, lead: str = "lead-1", key: str | None = "k1", **fields: Any) -> None:
        about = {"lead_id": lead, "revision": "1", "recipients": ["ana@example.org"]}
        effect = about | {"kind": "email", "id": f"email-{self.lines}"}
        self.add("resend", "send", effect, **about, idempotency_key=key, **fields)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "ledger.jsonl")


def test_there_may_be_no_file_yet(book: Book) -> None:
    assert book.ledger.entries() == []


def test_it_reads_on_and_starts_again_after_a_reset(book: Book) -> None:
    book.add("clay", "enrich")
    assert len(book.ledger.entries()) == 1
    book.add("clay", "verify")
    assert [entry.operation for entry in book.ledger.entries()] == ["enrich", "verify"]

    book.path.write_bytes(b"")
    for _ in range(5):
        book.add("slack", "post")

    assert [entry.provider for entry in book.ledger.entries()] == ["slack"] * 5


def test_a_line_being_written_is_left_for_later(book: Book) -> None:
    book.add("clay", "enrich")
    whole = book.path.read_bytes()
    book.path.write_bytes(whole[:-5])

    assert book.ledger.entries() == []
    book.path.write_bytes(whole)
    assert len(book.ledger.entries()) == 1


def test_entries_are_found_by_their_fields(book: Book) -> None:
    book.add("hubspot", "batch_upsert", external_ids=["lead-1", "lead-2"])
    book.add("hubspot", "search")

    assert len(book.ledger.entries(provider="hubspot")) == 2
    assert [entry.seq for entry in book.ledger.entries(external_ids="lead-2")] == [1]
    assert book.ledger.entries(external_ids="lead-3") == []
    assert book.ledger.entries()[1]["external_ids"] is None


def test_one_email_each_is_no_double(book: Book) -> None:
    book.email("lead-1", "k1")
    book.email("lead-2", "k2")
    book.email("lead-1", "k1", replayed=True, outcome="replayed")

    assert book.ledger.doubled_emails() == {}
    assert len(book.ledger.emails()["lead-1", "ana@example.org"]) == 1


def test_a_second_email_is_a_double_also_if_its_answer_was_lost(book: Book) -> None:
    book.email("lead-1", "k1", outcome="dropped", status=None)
    book.email("lead-1", "k2")

    about = ("lead-1", "1", "ana@example.org")
    assert book.ledger.doubled_emails() == {about: 2}
    assert book.ledger.email_keys() == {about: {"k1", "k2"}}


def test_keys_count_even_where_the_email_was_refused(book: Book) -> None:
    about = {"lead_id": "lead-1", "revision": "1", "recipients": ["ana@example.org"]}
    book.add("resend", "send", **about, idempotency_key="k1", status=500, outcome="rejected")
    book.email("lead-1", "k2")

    assert list(book.ledger.email_keys().values()) == [{"k1", "k2"}]
    assert book.ledger.doubled_emails() == {}


def test_webhook_ids_and_bodies_belong_together(book: Book) -> None:
    book.add("hooks", "receive", hook="a", webhook_id="m1", body={"x": 1, "y": 2})
    book.add("hooks", "receive", hook="a", webhook_id="m2", body={"y": 2, "x": 1})
    book.add("hooks", "receive", hook="b", webhook_id="m1", body={"x": 2}, signature="invalid")

    assert list(book.ledger.webhook_ids("a").values()) == [{"m1", "m2"}]
    assert {name: len(bodies) for name, bodies in book.ledger.webhook_bodies().items()} == {
        "m1": 2,
        "m2": 1,
    }
    assert [entry.seq for entry in book.ledger.bad_signatures()] == [3]
    assert book.ledger.bad_signatures("a") == []


def test_slack_repeats_show(book: Book) -> None:
    message = {"kind": "message", "slack_path": "T1/B1/a", "mentions": ["!channel"]}
    book.add("slack", "post", message, slack_path="T1/B1/a", lead_id="lead-1")
    book.add("slack", "post", message, slack_path="T1/B1/a", lead_id="lead-1")
    book.add("slack", "post", slack_path="T1/B1/a", lead_id="lead-1", outcome="rejected")

    assert {about: len(found) for about, found in book.ledger.slack_messages().items()} == {
        ("T1/B1/a", "lead-1"): 2
    }
    assert book.ledger.slack_mentions() == ["!channel", "!channel"]


def test_a_second_record_for_an_external_id_shows(book: Book) -> None:
    record = {"kind": "record", "object": "companies", "external_id": "lead-1"}
    book.add("hubspot", "batch_upsert", record | {"id": "101"}, account="a")
    book.add("hubspot", "batch_upsert", record | {"id": "101"}, account="a")
    book.add("hubspot", "batch_upsert", record | {"id": "7"}, account="b")
    book.add("hubspot", "batch_create", record | {"id": "8", "external_id": None}, account="b")

    assert book.ledger.crm_records("hubspot") == {
        ("a", "companies", "lead-1"): {"101"},
        ("b", "companies", "lead-1"): {"7"},
    }
    assert book.ledger.crm_writes("hubspot")["lead-1"] == 3


def test_paid_calls_and_searches_are_counted(book: Book) -> None:
    credit = {"kind": "credits", "domain": "acme.com", "credits": 1}
    book.add("clay", "enrich", credit)
    book.add("clay", "enrich", credit, outcome="dropped")
    book.add("clay", "enrich", domain="acme.com", outcome="rejected", status=503)
    book.add("datashopper", "search", topic="AI")
    book.add("datashopper", "search", topic="AI", outcome="rejected", status=429)

    assert book.ledger.clay_calls() == {"acme.com": 2}
    assert book.ledger.searches() == {"AI": 1}


def test_the_busiest_second_is_any_second(book: Book) -> None:
    for at in (0.0, 0.6, 0.7, 1.5, 1.599, 1.6, 5.0):
        book.add("resend", "send", at=at)

    assert book.ledger.busiest_second("resend") == 4
    assert book.ledger.busiest_second("clay") == 0


def test_outcomes_are_counted(book: Book) -> None:
    book.add("clay", "enrich")
    book.add("clay", "enrich", outcome="hung", status=None)

    assert book.ledger.outcomes() == {("clay", "accepted"): 1, ("clay", "hung"): 1}
    assert book.ledger.entries()[1].status is None

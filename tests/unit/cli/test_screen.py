import io
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from rich.console import Console

from leadstream.cli.screen import add_row, make_table, printable
from leadstream.cli.tail import summary


def record(topic: str, value: Any, **headers: bytes) -> Any:
    raw = value if value is None or isinstance(value, bytes) else orjson.dumps(value)
    return SimpleNamespace(topic=topic, value=raw, headers=tuple(headers.items()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Żółta 株式会社 🚀", "Żółta 株式会社 🚀"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("bell\x07\r\x9b", "bell\\x07\\r\\x9b"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("right\u202eto left", "right\\u202eto left"),
        (None, ""),
        (7, "7"),
    ],
)
def test_control_characters_are_shown_and_do_nothing(text: object, shown: str) -> None:
    assert printable(text) == shown


def test_markup_in_a_cell_is_text() -> None:
    table = make_table("why")
    add_row(table, "filters[0]: [red]expected[/] [/bold]")
    out = io.StringIO()

    Console(file=out, width=80).print(table)

    assert "filters[0]: [red]expected[/] [/bold]" in out.getvalue()


def test_ids_stay_whole_on_a_narrow_screen() -> None:
    table = make_table("job", "why", whole=["job"])
    add_row(table, "86b5786e-ce87-5279-8883-05198a963e04", "a long reason " * 10)
    out = io.StringIO()

    Console(file=out, width=60).print(table)

    assert "86b5786e-ce87-5279-8883-05198a963e04" in out.getvalue()


def test_an_event_in_one_line_names_nobody() -> None:
    lead = {
        "company": {"name": "Acme\nCorp"},
        "intent": {"score": "hot"},
        "enrichment": {"status": "completed", "contacts": [{"email": "john@acme.example"}]},
        "error": {"message": "john@acme.example bounced"},
    }

    line = summary(record("lead.enriched", lead))

    assert "Acme Corp · hot · completed" in line
    assert "john" not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "(null)"),
        (b"\xff", "(not JSON)"),
        ([], "(not an object)"),
        ({"lead": "x", "company": [], "intent": None, "error": 3}, ""),
    ],
)
def test_whatever_is_on_a_topic_has_a_line(value: Any, shown: str) -> None:
    assert summary(record("lead.enriched", value)) == shown


def test_a_dead_letter_is_told_by_its_reason_and_not_by_its_bytes() -> None:
    letter = record("a.b.dlq", b"secret", dlq_reason=b"malformed_json", dlq_error=b"\xff at 1")

    assert summary(letter) == "malformed_json \ufffd at 1"

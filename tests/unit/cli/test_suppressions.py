"""What of a file becomes a suppression, and what is said of the rest."""

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest

from leadstream.cli.errors import CliError
from leadstream.cli.suppressions import (
    ROWS_AT_ONCE,
    WORKSPACES_AT_ONCE,
    Counts,
    _batches,
    _words_of,
)
from leadstream.ids import workspace_id

ACME = str(workspace_id("acme"))
OTHER = str(workspace_id("other"))


def read(
    content: bytes, workspace: str | None = "acme"
) -> tuple[list[tuple[str, int, str, str]], list[tuple[int, str]]]:
    """The lines that are sent, as (workspace, line, address, reason), and those that are rejected."""
    listing = StringIO()
    batches = list(_batches(BytesIO(content), workspace, Counts(csv.writer(listing))))
    sent = [
        (owner, row["line"], row["email"], row.get("reason", ""))
        for owner, batch in batches
        for row in batch
    ]
    rejected = [(int(line), why) for line, why in csv.reader(StringIO(listing.getvalue()))]
    return sent, rejected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"email\na@x.example\n", [(2, "a@x.example", "")]),
        (b"\xef\xbb\xbfemail,reason\r\na@x.example,bounced\r\n", [(2, "a@x.example", "bounced")]),
        (
            b"id,Email,Origin,created_at\n7,a@x.example,bounce,2026\n",
            [(2, "a@x.example", "bounce")],
        ),
        (
            b"a@x.example\nb@x.example,manual",
            [(1, "a@x.example", ""), (2, "b@x.example", "manual")],
        ),
        (
            b'email\n"a@x.example"\n\n\n b@x.example \n',
            [(2, "a@x.example", ""), (5, "b@x.example", "")],
        ),
        (b"email\n'+a@x.example\n", [(2, "+a@x.example", "")]),
        (b"email,reason\na@x.example\n", [(2, "a@x.example", "")]),
        # As a spreadsheet writes it where the comma is in numbers.
        (b"Email Address;Reason\r\na@x.example;bounced\r\n", [(2, "a@x.example", "bounced")]),
        (b"a@x.example\tbounced\n", [(1, "a@x.example", "bounced")]),
        # What somebody is called costs nobody the line, whatever it is written in.
        ("name,E-Mail\nJ\u00fcrgen,a@x.example\n".encode("cp1252"), [(2, "a@x.example", "")]),
        (b"", []),
        (b"\n\n", []),
    ],
)
def test_a_line_is_an_address(content: bytes, expected: list[tuple[int, str, str]]) -> None:
    sent, rejected = read(content)

    assert sent == [(ACME, *each) for each in expected]
    assert rejected == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"a\0@x.example", "holds the character U+0000"),
        (b'"a@x.example', "is not one line of CSV"),
        (b'"a"b@x.example,x', "is not one line of CSV"),
        (b",bounced", "has no address"),
        (b"a" * 500 + b"@x.example", "is longer than an address and a reason can be"),
        (b"a@x.example," + b"r" * 500, "is longer than an address and a reason can be"),
    ],
)
def test_a_line_that_cannot_be_sent_is_named_and_all_others_are_sent(line: bytes, why: str) -> None:
    content = b"\n".join([b"email,reason", b"a@x.example", line, b"b@x.example"])

    sent, rejected = read(content)

    assert [at for _, at, _, _ in sent] == [2, 4]
    assert rejected == [(3, why)]


def test_whose_a_line_is_the_column_says() -> None:
    rows = [f"{ACME},a@x.example", f"{OTHER},b@x.example", "acme,c@x.example", ",d@x.example"]
    content = "\n".join(["workspace_id,email", *rows]).encode()

    sent, rejected = read(content, workspace=None)

    assert [each[:2] for each in sent] == [(ACME, 2), (OTHER, 3)]
    assert [line for line, _ in rejected] == [4, 5]


def test_a_long_file_goes_out_in_parts_in_its_order() -> None:
    lines = [f"{at}@x.example".encode() for at in range(2 * ROWS_AT_ONCE + 10)]

    batches = list(_batches(BytesIO(b"\n".join(lines)), "acme", Counts(None)))

    assert [len(batch) for _, batch in batches] == [ROWS_AT_ONCE, ROWS_AT_ONCE, 10]
    assert [row["line"] for _, batch in batches for row in batch] == list(range(1, len(lines) + 1))


def test_of_however_many_workspaces_a_file_tells_the_last_ones_lines_go_out_together() -> None:
    owners = [workspace_id(f"w{at}") for at in range(WORKSPACES_AT_ONCE + 1)]
    order = [*owners[:1] * 500, *owners, *owners[-1:] * 9]
    lines = [f"{owner},{at}@x.example" for at, owner in enumerate(order)]
    content = "\n".join(["workspace_id,email", *lines]).encode()

    batches = list(_batches(BytesIO(content), None, Counts(None)))

    assert sorted(len(batch) for _, batch in batches)[-2:] == [10, 501]
    assert len(batches) == len(owners)


def test_a_file_without_addresses_says_what_it_has() -> None:
    with pytest.raises(CliError, match="no column is called email: the first line says name, firm"):
        read(b"name,firm\nAnn,Acme\n")


def test_who_lifts_one_of_several_is_not_told_that_the_address_gets_anything() -> None:
    said = _words_of(
        {
            "id": "",
            "workspace_id": ACME,
            "email": "ann@acme.example",
            "reason": "bounced",
            "everywhere": "bounced",
            "created_at": datetime(2026, 1, 22, tzinfo=UTC),
            "lifted": 1,
            "resend": "not_asked",
            "note": "It bounced for another workspace, too, so it gets nothing all the same.",
        }
    )

    assert said == (
        "Lifted for ann@acme.example. It bounced for another workspace, too, so it gets nothing all"
        " the same."
    )

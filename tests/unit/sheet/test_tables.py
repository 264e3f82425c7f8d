"""CSV files as people have them: how each is read, and what is said of what can't be."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leadstream.sheet import (
    Rejected,
    Row,
    SheetError,
    asked_encoding,
    choose_columns,
    detect_encoding,
    inert,
    open_table,
    read_rows,
)

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ACME = {"name": "Acme", "domain": "acme.com"}


def read(path: Path, encoding: str | None = None, **asked: str) -> list[Row | Rejected]:
    found = asked_encoding(encoding) if encoding else detect_encoding(path)
    with open_table(path, found) as table:
        return list(read_rows(table, choose_columns(table.header, asked, line=table.line), now=NOW))


def shown(value: object) -> str:
    return str(value)[:30].encode("unicode_escape").decode()


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "leads.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def items(path: Path, encoding: str | None = None, **asked: str) -> list[Any]:
    found = read(path, encoding, **asked)
    assert all(isinstance(each, Row) for each in found), found
    return [each.item for each in found if isinstance(each, Row)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name,domain\nAcme,acme.com\n", [ACME]),
        ("name;domain\r\nAcme;acme.com\r\n", [ACME]),
        ("name\tdomain\nAcme\tacme.com", [ACME]),
        ("name|domain\rAcme|acme.com\r", [ACME]),
        ("sep=;\nname;domain\nAcme;acme.com\n", [ACME]),
        ("\n\nname,domain\n\nAcme,acme.com\n , \n\n", [ACME]),
        ("name\nAcme\n", [{"name": "Acme"}]),
        ('"a,b;c;d",name,domain\n1,Acme,acme.com\n', [ACME]),
        ('name,domain\n"Acme\nof ""Ohio""",acme.com\n', [ACME | {"name": 'Acme\nof "Ohio"'}]),
        ("Company Name,Web Domain\nAcme,acme.com\n", [ACME]),
        ("Firma;Domain;Ort\nAcme;acme.com;Wien\n", [ACME | {"location": {"city": "Wien"}}]),
        (
            "name,Signal,Strength,Signal date\nAcme,Pricing,HIGH,2026-11-28\nOther,,high,\n",
            [
                {
                    "name": "Acme",
                    "intent_signals": [
                        {
                            "signal_type": "Pricing",
                            "signal_strength": "HIGH",
                            "detected_at": "2026-11-28",
                        }
                    ],
                },
                {"name": "Other"},
            ],
        ),
        ('name\n"=HYPERLINK(""https://evil.example"")"\n', [{"name": '=HYPERLINK("https://evil.example")'}]),
        ("name," + ",".join(f"c{n}" for n in range(299)) + "\nAcme" + "," * 299 + "\n", [{"name": "Acme"}]),
        ("name,notes,notes\nAcme,a,b\n", [{"name": "Acme"}]),
    ],
    ids=lambda value: None if isinstance(value, list) else value[:24].encode("unicode_escape").decode(),
)  # fmt: skip
def test_a_file_is_read_as_it_was_meant(
    tmp_path: Path, content: str, expected: list[dict[str, Any]]
) -> None:
    assert items(write(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "windows-1252"),
    ],
)
def test_an_encoding_is_found(tmp_path: Path, written: str, found: str) -> None:
    # The accent is farther in than one reads at a time.
    text = "name,domain\n" + "Plain,plain.example\n" * 9_000 + "Café Zürich,cafe.example\n"
    path = write(tmp_path, text.encode(written))

    read = items(path)

    assert detect_encoding(path) == found
    assert (len(read), read[-1]["name"]) == (9_001, "Café Zürich")


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_found_without_a_mark_and_whatever_its_first_letter_is(
    tmp_path: Path, written: str
) -> None:
    path = write(tmp_path, ("会社,name\n" + "東京,Acme\n" * 20_000).encode(written))

    assert detect_encoding(path) == written
    assert len(items(path)) == 20_000


def test_a_stray_nul_makes_no_utf_16(tmp_path: Path) -> None:
    path = write(tmp_path, b"name\n" + b"Acme\n" * 99 + b"Ac\0me\n")

    with pytest.raises(SheetError, match="line 101, column 3: a NUL character"):
        read(path)


def test_an_encoding_that_was_asked_for_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path, "name\n€uro\n".encode("iso-8859-15"))

    assert items(path, "ISO-8859-15") == [{"name": "€uro"}]


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"name\nAcme\nCaf\xe9\n", "utf-8", r"line 3, column 4: is not utf-8"),
        (b"name\nAcme\nCaf\x81\xe9\n", None, r"line 3, column 4: is neither UTF-8 nor Windows-1252"),
        ("name\nAcme\n".encode("utf-16-le")[:-1], "utf-16-le", r"line 2, column 5: is not utf-16-le"),
        (b"name\nAcme\n", "base64", r"there is no encoding base64: one of utf-8"),
        (b"name\nAcme\n", "klingon", r"there is no encoding klingon"),
        (b"name\nAc\0me\n", None, r"line 2, column 3: a NUL character"),
        (b"name\n" + b"x" * 10_000_000 + b"\n", None, r"line 2: is longer than 1,048,576 characters"),
        (b'name\nAcme\n"Other\n' + b"row\n" * 9, None, r"line 3: a quote is opened here and never closed"),
        (b'name\n"Other\n' + b"a long row\n" * 200_000, None, r"line 2: a field is longer than .* not closed\?"),
        (b'name\n"Acme "Best" Inc"\n', None, r"line 2: a quote inside a quoted field"),
        (b"", None, r"is empty"),
        (b"\n \n\n", None, r"is empty"),
        (b",,\nAcme,,\n", None, r"line 2: no column names the company among Acme"),
        (b"title,url\nAcme,acme.com\n", None, r"line 1: no column names the company among title, url"),
        (b"name," * 1_500 + b"\n", None, r"line 1: has 1,501 columns, more than 1,000"),
        (b"name,company\nAcme,Acme\n", None, r"line 1, column 2: the columns name and company both say name"),
        (b"name,Domain,domain\nA,a.com,a.io\n", None, r"column 3: the columns Domain and domain .*: rename one"),
    ],
    ids=shown,
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_named_with_its_place(
    tmp_path: Path, content: bytes, encoding: str | None, message: str
) -> None:
    with pytest.raises(SheetError, match=message):
        read(write(tmp_path, content), encoding)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"Firm": "name"}, {"name": "Acme", "domain": "acme.com"}),
        ({"firm": "name", "Old site": "domain"}, {"name": "Acme", "domain": "old.example"}),
        ({"Firm": "name", "Other": "name"}, "two columns are mapped to name"),
        ({"Firm": "nmae"}, "there is no field nmae: one of name, domain"),
        ({"Frim": "name"}, "line 1: there is no column Frim among Firm, Domain, Old site, Other"),
    ],
    ids=str,
)
def test_a_column_says_what_it_is_mapped_to(
    tmp_path: Path, asked: dict[str, str], expected: dict[str, str] | str
) -> None:
    path = write(tmp_path, "Firm,Domain,Old site,Other\nAcme,acme.com,old.example,x\n")

    if isinstance(expected, str):
        with pytest.raises(SheetError, match=expected):
            items(path, **asked)
    else:
        assert items(path, **asked) == [expected]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",acme.com,,", "Company", "is empty"),
        (" \u200b ,acme.com,,", "Company", "is empty"),
        (f"{'x' * 501},acme.com,,", "Company", "is longer than 500"),
        (f"Acme,{'x' * 5_001},,", "domain", "is longer than 5,000"),
        ("Acme,acme.com,Pricing,2027-01-01", "Date", "is in the future"),
        ("Acme,acme.com,Pricing,11/12/2026", "Date", "is no time"),
        ("Acme,acme.com", "", "has 2 cells, and the first line names 4"),
        ("Acme,acme.com,,,,more", "", "has 6 cells"),
    ],
    ids=lambda value: value[:16].encode("unicode_escape").decode(),
)
def test_a_row_that_can_not_be_taken_is_told_by_line_and_column(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    header = "Company,domain,Signal,Date"
    path = write(tmp_path, f'{header}\n"A\nB",,,\n{row}\nGood,good.example,,\n')

    first, rejected, last = read(path, Date="detected_at")

    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(rejected, Rejected)
    assert (rejected.line, rejected.column) == (4, column)
    assert reason in rejected.reason
    assert last.line == 5


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    def digest(content: bytes) -> bytes:
        path = write(tmp_path, content)
        with open_table(path, "utf-8") as table:
            list(table.records)
            return table.digest

    assert digest(b"name\nAcme\n") == digest(b"name\nAcme\n")
    assert digest(b"name\nAcme\n") != digest(b"name\nAcme \n")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_made_inert(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert(f"Acme {text}") == f"Acme {text}"

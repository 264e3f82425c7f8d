"""The records of a CSV file, each with the line it begins in."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from leadstream.sheet.errors import SheetError
from leadstream.sheet.lines import LONGEST_LINE, Lines

DELIMITERS: Final = ",;\t|"
MOST_COLUMNS: Final = 1000
# As Excel writes it into a first line of its own.
_SEPARATOR: Final = "sep="


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """`records` iterates once, and has read the whole file at its end; `digest` is of what was read until then."""

    header: Sequence[str]
    # Where the header is.
    line: int
    delimiter: str
    records: Iterator[Record]
    _digest: Any

    @property
    def digest(self) -> bytes:
        found: bytes = self._digest.digest()
        return found


@contextmanager
def open_table(path: Path, encoding: str) -> Iterator[Table]:
    """Raises SheetError, also while the records are read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        lines = Lines(file, encoding, seen=digest.update)
        text = iter(lines)
        first, delimiter = _first_line(text)
        records = _records(_chained(first, text), lines, delimiter)
        header = next(records, None)
        if header is None:
            raise SheetError("is empty: its first line names the columns")
        names = [name.strip() for name in header.cells]
        _check_header(names, header.line)
        yield Table(names, header.line, delimiter, records, digest)


def _first_line(lines: Iterator[str]) -> tuple[str, str]:
    """The first line that has anything in it, and what parts its columns."""
    said = None
    for line in lines:
        if said is None and line.lower().startswith(_SEPARATOR) and len(line.rstrip()) == 5:
            said = line.rstrip()[-1]
        elif line.strip():
            return line, said or delimiter_of(line)
    raise SheetError("is empty: its first line names the columns")


def delimiter_of(header: str) -> str:
    """What is there most often outside of quotes; a file of one column has none of them, and is parted by commas."""
    outside = "".join(header.split('"')[::2])
    counts = Counter({each: outside.count(each) for each in DELIMITERS})
    return max(DELIMITERS, key=lambda each: counts[each])


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _records(text: Iterator[str], lines: Lines, delimiter: str) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    # The reader is given a line when it asks for one, so this is the record's last.
    begins = lines.number
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise SheetError(_in_plain_words(exc), line=begins) from None
        if any(cell.strip() for cell in cells):
            yield Record(begins, cells)
        begins = lines.number + 1


def _in_plain_words(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end of data" in said:
        return "a quote is opened here and never closed"
    if "field larger than" in said:
        return f"a field is longer than {LONGEST_LINE:,} characters: is a quote not closed?"
    if "expected after" in said:
        return 'a quote inside a quoted field: write it twice ("")'
    return said


def _check_header(names: Sequence[str], line: int) -> None:
    if len(names) > MOST_COLUMNS:
        raise SheetError(f"has {len(names):,} columns, more than {MOST_COLUMNS:,}", line=line)

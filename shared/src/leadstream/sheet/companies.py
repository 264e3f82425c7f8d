"""Rows as companies, in the words that discovery reads a provider's answer in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from leadstream.reading import is_blank, moment
from leadstream.sheet.columns import Columns
from leadstream.sheet.table import Record, Table

# As long as discovery takes a name to be one.
LONGEST_NAME: Final = 500
LONGEST_CELL: Final = 5_000
# Clocks differ.
SKEW: Final = timedelta(minutes=5)
_LOCATION: Final = ("city", "state", "country", "address")
_SIGNAL: Final = {
    "signal_id": "id",
    "signal_type": "signal_type",
    "signal_strength": "signal_strength",
    "detected_at": "detected_at",
    "source": "source",
}
_PLAIN: Final = (
    "name",
    "domain",
    "website",
    "description",
    "industry",
    "employee_count",
    "revenue",
    "founded_year",
    "technologies",
)


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that can't be taken: which line, which column of it as the file names it, and why."""

    line: int
    column: str
    reason: str


Read: TypeAlias = Row | Rejected


def read_rows(table: Table, columns: Columns, *, now: datetime) -> Iterator[Read]:
    for record in table.records:
        yield _read(record, table.header, columns, now)


def _read(record: Record, header: Sequence[str], columns: Columns, now: datetime) -> Read:
    cells = record.cells
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        reason = f"has {len(cells)} cells, and the first line names {len(header)}"
        return Rejected(record.line, "", reason)
    said = {field: cells[place].strip() for field, place in columns.places.items()}
    fault = _fault(said, now)
    if fault is not None:
        field, reason = fault
        return Rejected(record.line, columns.of(field), reason)
    return Row(record.line, _item(said))


def _fault(said: Mapping[str, str], now: datetime) -> tuple[str, str] | None:
    name = said["name"]
    if is_blank(name):
        return "name", "is empty: a company has a name"
    if len(name) > LONGEST_NAME:
        return "name", f"is longer than {LONGEST_NAME} characters"
    for field, text in said.items():
        if len(text) > LONGEST_CELL:
            return field, f"is longer than {LONGEST_CELL:,} characters"
    if said.get("signal_type") and (detected_at := said.get("detected_at")):
        read = moment(detected_at)
        if read is None:
            return "detected_at", "is no time: write it as 2026-11-29 or 2026-11-29T12:00:00Z"
        if read > now + SKEW:
            return "detected_at", "is in the future"
    return None


def _item(said: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {field: said[field] for field in _PLAIN if said.get(field)}
    location = {field: said[field] for field in _LOCATION if said.get(field)}
    if location:
        item["location"] = location
    if said.get("signal_type"):
        signal = {name: said[field] for field, name in _SIGNAL.items() if said.get(field)}
        item["intent_signals"] = [signal]
    return item

"""Leads as CSV: RFC 4180, UTF-8, and nothing in it that a spreadsheet would run."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from discovery.adapters.stories import SQL
from discovery.entrypoints.http.lead_filters import LeadFilters
from leadstream.postgres import Database
from leadstream.sheet import inert

BATCH: Final = 500
# More is for a database's own tools; `cursor` goes on where a file has ended.
MOST: Final = 100_000

Row = Mapping[str, Any]


def _company(*path: str) -> Callable[[Row], object]:
    def read(row: Row) -> object:
        value: Any = row["company_data"]
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return read


def _plain(name: str) -> Callable[[Row], object]:
    return lambda row: row[name]


# No contacts and no messages of errors: both are about people, and a file goes where an erasure does not reach.
COLUMNS: Final[Mapping[str, Callable[[Row], object]]] = {
    "id": _plain("id"),
    "workspace_id": _plain("workspace_id"),
    "company": _company("name"),
    "domain": _plain("domain"),
    "industry": _company("industry"),
    "employee_count": _company("employee_count"),
    "country": _company("location", "country"),
    "score": lambda row: (row["intent_data"] or {}).get("score"),
    "stage": _plain("stage"),
    "reason": _plain("reason"),
    "revision": _plain("revision"),
    "enrichment_status": _plain("enrichment_status"),
    "delivery_status": _plain("delivery_status"),
    "platform_uploaded": _plain("platform_uploaded"),
    "platform_name": _plain("platform_name"),
    "query_id": _plain("query_id"),
    "created_at": _plain("created_at"),
    "enriched_at": _plain("enriched_at"),
    "delivered_at": _plain("delivered_at"),
    "platform_uploaded_at": _plain("platform_uploaded_at"),
}


async def read_batch(
    database: Database, filters: LeadFilters, limit: int, after: tuple[Any, ...]
) -> list[Row]:
    return await database.look(SQL.list_leads, *filters.args(limit, after))


async def lead_file(
    database: Database, filters: LeadFilters, first: Sequence[Row], *, limit: int
) -> AsyncIterator[bytes]:
    """The file, a batch at a time, each in a transaction of its own. `first` is the first batch, read already."""
    rows, left = first, limit
    yield _lines([list(COLUMNS)])
    while rows:
        yield _lines([[cell(read(row)) for read in COLUMNS.values()] for row in rows])
        left -= len(rows)
        if left <= 0 or len(rows) < BATCH:
            return
        last: tuple[datetime, UUID] = (rows[-1]["created_at"], rows[-1]["id"])
        rows = await read_batch(database, filters, min(BATCH, left), last)


def cell(value: object) -> str:
    """As text. What a spreadsheet takes for a formula gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case str():
            return inert(value)
        case _:
            return cell(str(value))


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    # A lone surrogate is no character: JSON may have it, UTF-8 not.
    return text.getvalue().encode("utf-8", "replace")

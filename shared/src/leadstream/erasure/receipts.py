"""The receipts of a service in Postgres: entries are added, and never changed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from leadstream.erasure.chain import Entry, Head, next_entry
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("leadstream.erasure", "receipts.sql")


async def add_entries(tx: Tx, contents: Sequence[tuple[UUID, Mapping[str, Any]]]) -> list[Entry]:
    """Add entries of receipts, in this order. Others who add some wait until the transaction ends: do it last."""
    if not contents:
        return []
    head = _head(await tx.fetchrow(SQL.lock_chain))
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    made: list[Entry] = []
    for receipt_id, content in contents:
        entry = next_entry(head, receipt_id, {**content, "at": at})
        head = Head(length=entry.seq, hash=entry.hash)
        made.append(entry)
    await tx.execute(
        SQL.add_entries,
        [entry.seq for entry in made],
        [entry.receipt_id for entry in made],
        [entry.content for entry in made],
        [entry.previous for entry in made],
        [entry.hash for entry in made],
    )
    await tx.execute(SQL.move_head, head.length, head.hash)
    return made


async def entries_of(database: Database, receipt_id: UUID) -> list[Entry]:
    return [_entry(row) for row in await database.pool.fetch(SQL.receipt, receipt_id)]


async def chain_after(database: Database, seq: int, limit: int) -> tuple[list[Entry], Head]:
    """The next entries, and where the chain ends as of then."""
    rows = await database.pool.fetch(SQL.chain_after, seq, limit)
    return [_entry(row) for row in rows if row["seq"] is not None], _head(rows[0])


def _head(row: Any) -> Head:
    return Head(length=row["length"], hash=row["head"])


def _entry(row: Any) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__slots__})

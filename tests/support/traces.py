"""Where in a schema something is still to be found: an erasure's test looks everywhere, not only where it should."""

from typing import Any

from leadstream.postgres import Database


async def tables_with(database: Database, text: str) -> dict[str, int]:
    """By table, how many rows have the text somewhere, in whatever case; in binary columns, too."""
    found = {}
    for table in await database.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename", database.schema
    ):
        name = table["tablename"]
        rows: list[Any] = await database.pool.fetch(f"SELECT t::text AS row FROM {name} AS t")  # noqa: S608 - from the catalogue
        hits = [row for row in rows if _has(row["row"].lower(), text)]
        if hits:
            found[name] = len(hits)
    return found


def _has(row: str, text: str) -> bool:
    return text in row or text.encode().hex() in row

"""Makes a database as it is after years of use, by SQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from bench.size.scale import KINDS, Scale
from leadstream.postgres import load_queries

HELPERS = load_queries("bench.size.fill", "helpers.sql")
SHARED = load_queries("bench.size.fill", "shared.sql")
# Rows a statement: what Postgres writes stays within its WAL.
CHUNK = 250_000


async def create_helpers(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(HELPERS.create_helpers)
    finally:
        await connection.close()


async def fill(url: str, service: str, scale: Scale) -> None:
    """Fill the tables of one service, whose migrations have run."""
    own = dict(load_queries("bench.size.fill", f"{service}.sql").items())
    statements = {**dict(SHARED.items()), **own}
    async with filling(url, service, statements, scale.rows(service), KINDS[service]) as connection:
        await _wait_for_workers(connection, statements, service, scale)


@asynccontextmanager
async def filling(
    url: str,
    schema: str,
    statements: Mapping[str, str],
    rows: Mapping[str, int],
    kinds: Sequence[str],
) -> AsyncIterator[Any]:
    """Fill the tables of a schema, by the names of their statements; indexes are there after the block."""
    async with _connected(url, schema) as connection, _without_indexes(connection, schema, rows):
        for name, count in rows.items():
            await _fill_table(connection, statements[name], kinds, count)
        yield connection
    await _vacuum(url, schema)


async def _fill_table(connection: Any, text: str, kinds: Sequence[str], count: int) -> None:
    statement = await connection.prepare(text)
    for first in range(1, max(count, 1) + 1, CHUNK):
        args = (first, min(count, first + CHUNK - 1), count, list(kinds))
        # Not every table asks for all of them.
        await statement.fetch(*args[: len(statement.get_parameters())])


async def _wait_for_workers(
    connection: Any, statements: dict[str, str], service: str, scale: Scale
) -> None:
    lanes = scale.lanes_of(service)
    await connection.execute(statements["ready_jobs"], lanes, list(KINDS[service]))
    await connection.execute(statements["pauses"], lanes)
    if "waiting_uploads" in statements:
        await connection.execute(statements["waiting_uploads"], lanes)


@asynccontextmanager
async def _connected(url: str, schema: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(
        url,
        server_settings={
            "search_path": schema,
            "timezone": "UTC",
            # Foreign keys are not checked row by row: what is made here fits.
            "session_replication_role": "replica",
            "maintenance_work_mem": "512MB",
        },
    )
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _without_indexes(connection: Any, schema: str, tables: Any) -> AsyncIterator[None]:
    indexes = await connection.fetch(HELPERS.secondary_indexes, schema, list(tables))
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    yield
    for index in indexes:
        await connection.execute(index["definition"])


async def _vacuum(url: str, schema: str) -> None:
    async with _connected(url, schema) as connection:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = $1", schema
        )
        for table in tables:
            await connection.execute(f"VACUUM (ANALYZE) {table['tablename']}")

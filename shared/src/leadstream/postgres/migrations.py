"""Forward-only SQL migrations, applied by one process at a time.

Each file is one change in one transaction. A file that was applied must never be edited: its checksum is kept, and a
difference stops the next `migrate`.

A file that begins with `-- Without a transaction` is run statement by statement, as `CREATE INDEX CONCURRENTLY` needs
it. It may have to run again from its start, so each statement must bear that.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import asyncpg

from leadstream.errors import PermanentError
from leadstream.ids import derived_id
from leadstream.postgres.connection import connect
from leadstream.postgres.database import Database
from leadstream.postgres.queries import load_queries

log = logging.getLogger(__name__)
SQL = load_queries("leadstream.postgres", "migrations.sql")
SHARED = "leadstream.postgres"
_NAME = re.compile(r"^(?P<version>\d{4})_[a-z0-9_]+\.sql$")
_SCHEMA = re.compile(r"^[a-z][a-z0-9_]*$")
_CONCURRENTLY = "-- Without a transaction"
_END = re.compile(r";[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    component: str
    version: int
    name: str
    sql: str

    @property
    def statements(self) -> list[str]:
        return [each for each in map(str.strip, _END.split(self.sql)) if each]

    @property
    def is_one_transaction(self) -> bool:
        return not self.sql.startswith(_CONCURRENTLY)

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load_migrations(package: str) -> list[Migration]:
    """Read `migrations/NNNN_what_it_does.sql` of a package, in order, without a gap."""
    folder = resources.files(package).joinpath("migrations")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    migrations = []
    for expected, file in enumerate(files, start=1):
        match = _NAME.match(file.name)
        if match is None or int(match["version"]) != expected:
            raise PermanentError(
                f"{package}: migration {file.name} should start with {expected:04}"
            )
        text = file.read_text(encoding="utf-8")
        migrations.append(Migration(package, expected, file.name, text))
    return migrations


async def migrate(dsn: str, *, schema: str, packages: Sequence[str]) -> list[str]:
    """Bring the schema to head and return the names of what was applied.

    Raises PermanentError when an applied file was edited or is gone.
    """
    if not _SCHEMA.match(schema):
        raise PermanentError(f"not a schema name: {schema!r}")
    # A migration takes the time it takes; each bounds its own wait for locks.
    settings = {"search_path": schema, "statement_timeout": "0"}
    connection = await connect(dsn, settings=settings)
    try:
        await _take_turns(connection, schema)
        await _create_schema(connection, schema)
        return await _apply_missing(connection, packages)
    finally:
        await connection.close()


async def _take_turns(connection: "asyncpg.Connection[Any]", schema: str) -> None:
    key = _lock_key(schema)
    while not await connection.fetchval(SQL.lock_migrations, key):  # noqa: ASYNC110 - another process has it
        await asyncio.sleep(0.2)


async def _create_schema(connection: "asyncpg.Connection[Any]", schema: str) -> None:
    # A role that owns its schema need not be allowed to create schemas: ask only when there is none.
    if not await connection.fetchval(SQL.schema_exists, schema):
        await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.execute(SQL.create_migrations_table)


async def _apply_missing(
    connection: "asyncpg.Connection[Any]", packages: Sequence[str]
) -> list[str]:
    applied = []
    for package in packages:
        done = await _checksums(connection, package)
        migrations = load_migrations(package)
        _refuse_rewritten_history(migrations, done)
        for migration in migrations[len(done) :]:
            await _apply(connection, migration)
            applied.append(f"{package}/{migration.name}")
    return applied


async def _checksums(connection: "asyncpg.Connection[Any]", component: str) -> dict[int, str]:
    rows = await connection.fetch(SQL.applied_migrations, component)
    return {row["version"]: row["checksum"] for row in rows}


def _refuse_rewritten_history(migrations: list[Migration], done: dict[int, str]) -> None:
    for migration in migrations[: len(done)]:
        if done[migration.version] != migration.checksum:
            raise PermanentError(
                f"{migration.component}: {migration.name} was edited after it was applied;"
                " restore it and put the change into a new file"
            )
    if len(done) > len(migrations):
        raise PermanentError("the database is ahead of this release: deploy a newer one")


async def _apply(connection: "asyncpg.Connection[Any]", migration: Migration) -> None:
    if migration.is_one_transaction:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await _record(connection, migration)
    else:
        for statement in migration.statements:
            await connection.execute(statement)
        await _record(connection, migration)
    log.info(
        "migration.applied",
        extra={"component": migration.component, "migration": migration.name},
    )


async def _record(connection: "asyncpg.Connection[Any]", migration: Migration) -> None:
    await connection.execute(
        SQL.record_migration,
        migration.component,
        migration.version,
        migration.name,
        migration.checksum,
    )


async def at_head(database: Database, packages: Sequence[str]) -> bool:
    """Whether every migration of the packages is applied: part of readiness."""
    for package in packages:
        try:
            count = await database.pool.fetchval(SQL.count_applied, package)
        except asyncpg.UndefinedTableError:
            return False
        if count < len(load_migrations(package)):
            return False
    return True


def _lock_key(schema: str) -> int:
    return derived_id("migrations", schema).int % 2**63

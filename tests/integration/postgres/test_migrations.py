import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from leadstream.errors import PermanentError
from leadstream.postgres import SHARED, Database, at_head, migrate
from leadstream.postgres.migrations import load_migrations
from support.waiting import eventually

PACKAGE = "a_package_to_migrate"


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations folder of a package of the test's own."""
    folder = tmp_path / PACKAGE / "migrations"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "0001_things.sql").write_text("CREATE TABLE things (id integer);")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    return folder


async def up(url: str) -> list[str]:
    return await migrate(url, schema="core", packages=[SHARED, PACKAGE])


async def test_a_second_run_has_nothing_to_do(database_url: str, migrations: Path) -> None:
    shared = [f"{SHARED}/{each.name}" for each in load_migrations(SHARED)]

    assert await up(database_url) == [*shared, f"{PACKAGE}/0001_things.sql"]
    assert await up(database_url) == []

    (migrations / "0002_more.sql").write_text("ALTER TABLE things ADD COLUMN name text;")
    assert await up(database_url) == [f"{PACKAGE}/0002_more.sql"]


async def test_a_file_that_was_edited_after_it_was_applied_is_refused(
    database_url: str, migrations: Path
) -> None:
    await up(database_url)
    (migrations / "0001_things.sql").write_text("CREATE TABLE things (id bigint);")
    (migrations / "0002_more.sql").write_text("CREATE TABLE more (id integer);")

    with pytest.raises(PermanentError, match=r"0001_things\.sql was edited"):
        await up(database_url)

    assert "more" not in await tables(database_url)


async def test_a_database_ahead_of_this_release_is_refused(
    database_url: str, migrations: Path
) -> None:
    newer = migrations / "0002_more.sql"
    newer.write_text("CREATE TABLE more (id integer);")
    await up(database_url)
    newer.unlink()

    with pytest.raises(PermanentError, match="ahead of this release"):
        await up(database_url)


async def test_a_gap_or_a_wrong_name_is_refused(database_url: str, migrations: Path) -> None:
    (migrations / "0003_gap.sql").write_text("SELECT 1;")

    with pytest.raises(PermanentError, match=r"0003_gap\.sql should start with 0002"):
        await up(database_url)


async def test_a_migration_that_fails_leaves_nothing_and_can_be_mended(
    database_url: str, migrations: Path
) -> None:
    broken = migrations / "0002_more.sql"
    broken.write_text("CREATE TABLE more (id integer); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await up(database_url)

    assert {"things"} <= await tables(database_url)
    assert "more" not in await tables(database_url)
    broken.write_text("CREATE TABLE more (id integer);")
    assert await up(database_url) == [f"{PACKAGE}/0002_more.sql"]


async def test_replicas_that_start_together_migrate_once(
    database_url: str, migrations: Path
) -> None:
    (migrations / "0002_slow.sql").write_text("SELECT pg_sleep(0.2); CREATE TABLE slow ();")

    applied = await asyncio.gather(*(up(database_url) for _ in range(4)))

    assert sorted(map(len, applied)) == [0, 0, 0, len(load_migrations(SHARED)) + 2]


async def test_an_index_is_made_beside_those_who_write_and_those_who_migrate(
    database_url: str, migrations: Path
) -> None:
    await up(database_url)
    (migrations / "0002_index.sql").write_text(
        "-- Without a transaction.\nDROP INDEX CONCURRENTLY IF EXISTS things_id;\n"
        "-- A comment; and another.\nCREATE INDEX CONCURRENTLY things_id ON things (id);\n"
    )
    connection = await asyncpg.connect(database_url)
    writing = connection.transaction()
    await writing.start()
    await connection.execute("INSERT INTO core.things VALUES (1)")

    migrating = [asyncio.create_task(up(database_url)) for _ in range(3)]
    await eventually(partial(is_waited_for, database_url), "no index is being made")
    other = await asyncpg.connect(database_url)
    await other.execute("INSERT INTO core.things VALUES (2)", timeout=5)
    await writing.commit()

    applied = sorted(await asyncio.gather(*migrating))
    assert applied == [[], [], [f"{PACKAGE}/0002_index.sql"]]
    assert await valid_index(other, "core.things_id")
    await connection.close()
    await other.close()


async def test_an_index_that_was_not_made_to_its_end_is_made_anew(
    database_url: str, migrations: Path
) -> None:
    await up(database_url)
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO core.things VALUES (1), (1)")
    (migrations / "0002_index.sql").write_text(
        "-- Without a transaction.\nDROP INDEX CONCURRENTLY IF EXISTS things_id;\n"
        "CREATE UNIQUE INDEX CONCURRENTLY things_id ON things (id);\n"
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await up(database_url)
    assert not await valid_index(connection, "core.things_id")

    await connection.execute("DELETE FROM core.things")
    assert await up(database_url) == [f"{PACKAGE}/0002_index.sql"]

    assert await valid_index(connection, "core.things_id")
    await connection.close()


async def is_waited_for(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'virtualxid' AND NOT granted"
        return bool(await connection.fetchval(waiting))
    finally:
        await connection.close()


async def valid_index(connection: "asyncpg.Connection[Any]", name: str) -> bool:
    found: bool = await connection.fetchval(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = $1::text::regclass", name
    )
    return found


async def test_at_head_tells_behind_from_there_and_takes_a_newer_schema(
    database_url: str, migrations: Path
) -> None:
    """Replicas of the old release go on while the new one is rolled out."""
    packages = [SHARED, PACKAGE]
    database = await Database.connect(database_url, schema="core")
    assert not await at_head(database, packages)

    await up(database_url)
    assert await at_head(database, packages)

    newer = migrations / "0002_more.sql"
    newer.write_text("CREATE TABLE more (id integer);")
    assert not await at_head(database, packages)
    await up(database_url)
    newer.unlink()
    assert await at_head(database, packages)
    await database.close()


async def test_a_name_that_is_no_schema_is_refused(database_url: str) -> None:
    with pytest.raises(PermanentError, match="not a schema name"):
        await migrate(database_url, schema='x"; DROP SCHEMA public; --', packages=[SHARED])


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'core'"
        )
    finally:
        await connection.close()
    return {row["table_name"] for row in rows}

"""Every query there is, prepared by Postgres against the schema it runs in."""

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from leadstream.postgres import SHARED, Database, migrate
from leadstream.postgres.queries import Queries, load_queries, loaded

SERVICES = ("discovery", "enrichment", "delivery", "platform_upload", "scheduler")
# Shared by some services; the others have no such tables.
SOME_HAVE = {"leadstream.accounts/": {"discovery", "enrichment"}}
# They run as an administrator, in no service's schema; those that migrate make the table they need.
ELSEWHERE = ("leadstream.cli/", "leadstream.postgres/", "leadstream_dev.")


def present() -> list[str]:
    return [name for name in SERVICES if importlib.util.find_spec(name)]


def import_all(package: str) -> None:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def queries_of(prefix: str) -> Iterator[tuple[str, str]]:
    for source, queries in sorted(loaded.items()):
        if source.startswith(prefix) and not source.startswith(ELSEWHERE):
            for name, text in queries.items():
                yield f"{source}:{name}", text


async def refused(database: Database, prefix: str, *, service: str) -> list[str]:
    found = []
    foreign = tuple(source for source, having in SOME_HAVE.items() if service not in having)
    async with database.pool.acquire() as connection:
        for name, text in queries_of(prefix):
            if name.startswith(foreign):
                continue
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as exc:
                found.append(f"{name}: {exc}")
    return found


def test_all_five_services_are_there() -> None:
    assert present() == list(SERVICES)


@pytest.mark.parametrize("service", present())
async def test_every_query_of_a_service_fits_its_schema(database_url: str, service: str) -> None:
    import_all("leadstream")
    import_all(service)
    await migrate(database_url, schema=service, packages=[SHARED, service])
    database = await Database.connect(database_url, schema=service)

    try:
        # The shared ones run in each service's schema.
        assert await refused(database, "leadstream.", service=service) == []
        assert await refused(database, f"{service}.", service=service) == []
    finally:
        await database.close()
    assert len(list(queries_of("leadstream."))) > 25
    assert len(list(queries_of(f"{service}."))) > 5


@pytest.mark.parametrize("service", present())
def test_b43_no_query_names_another_services_schema(service: str) -> None:
    import_all(service)
    others = [name for name in (*SERVICES, "public") if name != service]

    assert [
        (name, other)
        for name, text in queries_of(f"{service}.")
        for other in others
        if re.search(rf"\b{other}\.[a-z_]", text)
    ] == []


def test_every_sql_file_was_loaded() -> None:
    """A file that nobody loads is dead, or prepared by no test."""
    for package in ("leadstream", *present()):
        import_all(package)
    sources = {_path(source) for source in loaded}

    assert [file for file in _sql_files() if file not in sources] == []


def _path(source: str) -> str:
    package, _, filename = source.partition("/")
    return f"{package.replace('.', '/')}/{filename}"


def _sql_files() -> Iterator[str]:
    for package in ("leadstream", *present()):
        [root] = importlib.import_module(package).__path__
        for file in Path(root).rglob("*.sql"):
            if file.parent.name != "migrations":
                yield f"{package}/{file.relative_to(root)}"


def test_two_queries_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Queries("x.sql", "-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;")


def test_a_query_that_is_not_there_says_which_file_lacks_it() -> None:
    queries = load_queries("leadstream.outbox", "outbox.sql")

    with pytest.raises(
        AttributeError, match=r"leadstream\.outbox/outbox\.sql has no query named nope"
    ):
        _ = queries.nope


# Two at the same moment can't both be in there: behind a lock of its key, or with an id that is new each time.
ONE_AT_A_TIME = {"recipients", "provider_accounts", "connections", "erased_people"}
NAMED_CONFLICT = re.compile(r"INSERT INTO (\w+)(?:(?!INSERT INTO).)*?ON CONFLICT \(", re.DOTALL)


@pytest.mark.parametrize("service", present())
async def test_a_conflict_is_named_only_where_a_table_has_no_other(
    database_url: str, service: str
) -> None:
    """Of two that insert the same row at once the second fails at the index that its statement doesn't name."""
    import_all("leadstream")
    import_all(service)
    await migrate(database_url, schema=service, packages=[SHARED, service])
    named = {
        (source, table)
        for prefix in ("leadstream.", f"{service}.")
        for source, text in queries_of(prefix)
        for table in NAMED_CONFLICT.findall(text)
        if table not in ONE_AT_A_TIME
    }
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            """SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                WHERE relnamespace = $1::regnamespace AND indisunique
                GROUP BY relname HAVING count(*) > 1""",
            service,
        )
    finally:
        await connection.close()
    several = {row["relname"] for row in rows}

    assert len(named) > 5
    assert sorted(f"{source}: {table}" for source, table in named if table in several) == []

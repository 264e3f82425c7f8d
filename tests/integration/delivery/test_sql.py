"""Every query is prepared against the migrated schema, and none leaves it."""

from delivery.bootstrap import SERVICE
from leadstream.postgres import Database
from leadstream.postgres.queries import loaded


def queries() -> list[tuple[str, str]]:
    return [
        (f"{source}:{name}", text)
        for source, found in loaded.items()
        if source.startswith(f"{SERVICE.package}.")
        for name, text in found.items()
    ]


async def test_every_query_prepares(database: Database) -> None:
    assert len(queries()) > 20
    async with database.pool.acquire() as connection:
        for name, text in queries():
            try:
                await connection.prepare(text)
            except Exception as exc:
                raise AssertionError(f"{name}: {exc}") from exc


async def test_b43_no_query_names_a_schema() -> None:
    schemas = ("discovery", "enrichment", "delivery", "platform_upload", "scheduler", "public")

    named = [(name, s) for name, text in queries() for s in schemas if f"{s}." in text]

    assert named == []

from enrichment.bootstrap import SERVICE
from leadstream.postgres import Database
from leadstream.postgres.queries import loaded


def _queries() -> list[tuple[str, str]]:
    return [
        (f"{source}:{name}", text)
        for source, queries in loaded.items()
        if source.startswith(f"{SERVICE.package}.")
        for name, text in queries.items()
    ]


async def test_every_query_prepares_against_the_migrated_schema(database: Database) -> None:
    assert len(_queries()) > 20
    async with database.pool.acquire() as connection:
        for _, text in _queries():
            await connection.prepare(text)


def test_b43_no_query_names_another_service() -> None:
    others = ("discovery", "delivery", "platform_upload", "scheduler", "enrichment", "public")

    named = [(name, o) for name, text in _queries() for o in others if f"{o}." in text]

    assert named == []

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from enrichment.bootstrap import SERVICE
from integration.accounts.bench import Bench, a_bench
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, migrate
from support.postgres import Databases

MakeBench = Callable[..., Bench]


async def _prepare(url: str) -> None:
    await migrate(url, schema=SERVICE.package, packages=SERVICE.packages)


@pytest.fixture
async def database_template(databases: Databases) -> str:
    return await databases.template("enrichment", _prepare)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url, schema=SERVICE.package)
    yield database
    await database.close()


@pytest.fixture
async def make_bench(database: Database) -> AsyncIterator[MakeBench]:
    """Processes on one database, each with a board of pauses that follows the table."""
    stop = asyncio.Event()
    running: list[asyncio.Task[None]] = []
    made: list[Bench] = []

    def make(**changes: object) -> Bench:
        board = PauseBoard(database)
        bench = a_bench(database, board, **changes)  # type: ignore[arg-type]  # what the tests change
        running.append(asyncio.create_task(board.run(stop)))
        made.append(bench)
        return bench

    yield make
    stop.set()
    await asyncio.gather(*running, *(bench.http.aclose() for bench in made))


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return make_bench()

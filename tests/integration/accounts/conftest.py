import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from enrichment.bootstrap import SERVICE
from integration.accounts.bench import Bench, a_bench
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from support.service import connected, migrated

MakeBench = Callable[..., Bench]


database_template = migrated(SERVICE)
database = connected(SERVICE)


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

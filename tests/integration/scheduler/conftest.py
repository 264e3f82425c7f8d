from collections.abc import AsyncIterator

import httpx
import pytest

from integration.scheduler.replicas import Replica, a_replica, over_http
from leadstream.postgres import Database, migrate
from scheduler.bootstrap import SERVICE
from support.postgres import Databases


async def _prepare(url: str) -> None:
    await migrate(url, schema=SERVICE.package, packages=SERVICE.packages)


@pytest.fixture
async def database_template(databases: Databases) -> str:
    return await databases.template("scheduler", _prepare)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url, schema=SERVICE.package, max_size=20)
    yield database
    await database.close()


@pytest.fixture
async def replica(database: Database) -> Replica:
    """The only replica, on a Tuesday evening."""
    return await a_replica(database)


@pytest.fixture
async def api(replica: Replica) -> AsyncIterator[httpx.AsyncClient]:
    async with over_http(replica) as client:
        yield client

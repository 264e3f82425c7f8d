from collections.abc import AsyncIterator

import httpx
import pytest

from integration.scheduler.replicas import Replica, a_replica, over_http
from leadstream.postgres import Database
from scheduler.bootstrap import SERVICE
from support.service import connected, migrated

database_template = migrated(SERVICE)
database = connected(SERVICE, max_size=20)


@pytest.fixture
async def replica(database: Database) -> Replica:
    """The only replica, on a Tuesday evening."""
    return await a_replica(database)


@pytest.fixture
async def api(replica: Replica) -> AsyncIterator[httpx.AsyncClient]:
    async with over_http(replica) as client:
        yield client

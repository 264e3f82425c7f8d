from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from leadstream.postgres import SHARED, Database, migrate

Serving = Callable[[str], AbstractAsyncContextManager[Database]]


@pytest.fixture
def schema_of(database_url: str) -> Serving:
    """The schema of a service, by the name of its package."""

    @asynccontextmanager
    async def opened(package: str) -> AsyncIterator[Database]:
        await migrate(database_url, schema=package, packages=[SHARED, package])
        database = await Database.connect(database_url, schema=package)
        try:
            yield database
        finally:
            await database.close()

    return opened

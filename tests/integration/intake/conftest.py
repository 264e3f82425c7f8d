from collections.abc import AsyncIterator

import pytest

from leadstream.postgres import Database
from support.ledger import migrated


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        yield database

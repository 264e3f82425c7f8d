from collections.abc import AsyncIterator

import pytest

from leadstream.jobs.ledger import Ledger
from leadstream.postgres import Database
from support.ledger import LEASE, migrated


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        yield database


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, lease=LEASE)

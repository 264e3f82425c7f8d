from collections.abc import AsyncIterator, Iterator

import pytest

from leadstream.postgres import Database
from support.ledger import migrated
from support.tracing import Spans, traced


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        yield database


@pytest.fixture
def spans() -> Iterator[Spans]:
    with traced() as spans:
        yield spans

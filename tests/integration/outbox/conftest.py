from collections.abc import AsyncIterator

import pytest

from leadstream.postgres import Database
from support.kafka import KafkaAdmin
from support.ledger import migrated


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        yield database


@pytest.fixture
async def topic(kafka_admin: KafkaAdmin) -> str:
    return await kafka_admin.create_topic(partitions=3)

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from leadstream.postgres import Database
from support.intake import TOPIC, ensure_topics, group_at_end
from support.kafka import KafkaAdmin
from support.ledger import migrated


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        yield database


@pytest.fixture
async def group(kafka: str, kafka_admin: KafkaAdmin) -> str:
    """A group that sees only what its own test produces."""
    await ensure_topics(kafka_admin, TOPIC)
    name = f"test-{uuid4()}"
    await group_at_end(kafka, name, [TOPIC])
    return name

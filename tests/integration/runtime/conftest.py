from collections.abc import AsyncIterator

import pytest

from leadstream.postgres import Database, migrate
from scheduler.bootstrap import SERVICE
from support.intake import ensure_topics
from support.kafka import KafkaAdmin
from support.postgres import Databases


async def _prepare(url: str) -> None:
    await migrate(url, schema=SERVICE.package, packages=SERVICE.packages)


@pytest.fixture
async def migrated_url(databases: Databases) -> AsyncIterator[str]:
    """A database with the scheduler's schema."""
    url = await databases.create(await databases.template("scheduler", _prepare))
    yield url
    await databases.drop(url)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(migrated_url, schema=SERVICE.package)
    yield database
    await database.close()


@pytest.fixture
async def tick_topic(kafka_admin: KafkaAdmin) -> str:
    await ensure_topics(kafka_admin, "scheduler.tick")
    return "scheduler.tick"

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from enrichment.bootstrap import SERVICE
from integration.enrichment.replicas import AT_ONCE, Replica, settings_for, working
from leadstream.backoff import Backoff
from leadstream.clock import Clock
from leadstream.postgres import Database, migrate
from leadstream_dev.sandbox import Sandbox
from support.postgres import Databases

MakeReplica = Callable[..., Awaitable[Replica]]


async def _prepare(url: str) -> None:
    await migrate(url, schema=SERVICE.package, packages=SERVICE.packages)


@pytest.fixture
async def database_template(databases: Databases) -> str:
    return await databases.template("enrichment", _prepare)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url, schema=SERVICE.package)
    yield database
    await database.close()


@pytest.fixture
async def make_replica(database_url: str, sandbox: Sandbox) -> AsyncIterator[MakeReplica]:
    """Replicas at work on one database and one sandbox; keywords change settings, `clock` or `backoff`."""
    async with AsyncExitStack() as stack:

        async def make(
            *, clock: Clock | None = None, backoff: Backoff = AT_ONCE, **changes: Any
        ) -> Replica:
            settings = settings_for(database_url, sandbox, **changes)
            return await stack.enter_async_context(working(settings, clock=clock, backoff=backoff))

        yield make


@pytest.fixture
async def enrichment(make_replica: MakeReplica) -> Replica:
    return await make_replica()


@pytest.fixture(autouse=True)
def no_bugs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A handler or recorder that raises is retried by the worker, and could hide behind it."""
    yield
    records = caplog.get_records("call")
    assert [r.message for r in records if r.levelno >= logging.ERROR and "bug" in r.message] == []

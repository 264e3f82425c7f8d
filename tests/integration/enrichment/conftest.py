import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from enrichment.bootstrap import SERVICE
from integration.enrichment.replicas import AT_ONCE, Replica, settings_for, working
from leadstream.backoff import Backoff
from leadstream.clock import Clock
from leadstream_dev.sandbox import Sandbox
from support.service import connected, migrated

MakeReplica = Callable[..., Awaitable[Replica]]


database_template = migrated(SERVICE)
database = connected(SERVICE)


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

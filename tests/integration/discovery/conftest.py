import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from discovery.bootstrap import SERVICE
from discovery.settings import Settings
from integration.discovery.replicas import Replica, replica
from leadstream_dev.sandbox import Sandbox
from support.service import migrated

MakeReplica = Callable[..., Awaitable[Replica]]


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    """A log line that can't be made breaks what it reports on: make every one of them."""
    caplog.set_level(logging.DEBUG)


database_template = migrated(SERVICE)


@pytest.fixture
async def make_replica(database_url: str, sandbox: Sandbox) -> AsyncIterator[MakeReplica]:
    """Replicas of the service on one database and one sandbox; keywords change settings."""
    async with AsyncExitStack() as stack:

        async def make(*, clock: Any = None, **changes: Any) -> Replica:
            given = {
                "DATABASE_URL": database_url,
                "kafka_bootstrap_servers": "127.0.0.1:1",
                "datashopper_api_url": sandbox.env()["DATASHOPPER_API_URL"],
                "datashopper_api_key": sandbox.env()["DATASHOPPER_API_KEY"],
                "datashopper_per_second": 1000,
                **changes,
            }
            settings = Settings(_env_file=None, **given)
            return await stack.enter_async_context(replica(settings, clock=clock))

        yield make


@pytest.fixture
async def discovery(make_replica: MakeReplica) -> Replica:
    return await make_replica()

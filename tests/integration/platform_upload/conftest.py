import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from integration.platform_upload.bench import KEY, Bench
from integration.platform_upload.machine import Replica, replica
from leadstream.clock import Clock
from leadstream_dev.sandbox import Sandbox
from platform_upload.bootstrap import SERVICE
from platform_upload.settings import Settings
from support.service import connected, migrated

MakeReplica = Callable[..., Awaitable[Replica]]


database_template = migrated(SERVICE)
database = connected(SERVICE)


@pytest.fixture
async def make_replica(database_url: str, sandbox: Sandbox) -> AsyncIterator[MakeReplica]:
    """Replicas of the service on one database and one sandbox; keywords change settings and `clock`."""
    async with AsyncExitStack() as stack:

        async def make(*, clock: Clock | None = None, **changes: Any) -> Replica:
            given = {
                "DATABASE_URL": database_url,
                "kafka_bootstrap_servers": "127.0.0.1:1",
                "encryption_keys": KEY,
                "hubspot_api_url": f"{sandbox.url}/hubspot",
                "wealthbox_api_url": f"{sandbox.url}/wealthbox/v1",
                "egress_allow": "127.0.0.0/8",
                "trusted_hosts": "127.0.0.1",
                # Not shorter where no test wants it to: a busy machine takes its time, too.
                "webhook_timeout": 30,
                "upload_linger": 0.2,
                **changes,
            }
            settings = Settings(_env_file=None, **given)
            return await stack.enter_async_context(replica(settings, clock=clock))

        yield make


@pytest.fixture
async def bench(make_replica: MakeReplica, sandbox: Sandbox) -> Bench:
    return Bench(await make_replica(), sandbox)


@pytest.fixture(autouse=True)
def no_bugs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A handler or recorder that raises is retried by the worker, and could hide behind it."""
    yield
    records = caplog.get_records("call")
    assert [r.message for r in records if r.levelno >= logging.ERROR and "bug" in r.message] == []

"""What the tests of any one service start from: its migrated schema, and its process."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from leadstream.postgres import Database, migrate
from leadstream.runtime.service import Service
from support.postgres import Databases
from support.waiting import eventually


def migrated(service: Service[Any]) -> Any:
    """The fixture `database_template` of a folder's conftest.py: the service's schema at its newest version."""

    async def prepare(url: str) -> None:
        await migrate(url, schema=service.package, packages=service.packages)

    @pytest.fixture
    async def database_template(databases: Databases) -> str:
        return await databases.template(service.package, prepare)

    return database_template


def connected(service: Service[Any], *, max_size: int = 8) -> Any:
    """The fixture `database` of a folder's conftest.py: the service's pools on a database of the test's own."""

    @pytest.fixture
    async def database(database_url: str) -> AsyncIterator[Database]:
        database = await Database.connect(database_url, schema=service.package, max_size=max_size)
        yield database
        await database.close()

    return database


async def run(
    service: Service[Any], command: str, environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    """Start a command of the service's own process; what it says can be read."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", service.package, command),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def at_work(
    service: Service[Any], environment: Mapping[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    """A worker process that is ready, and a client at its root; it must end well when it is asked to."""
    process = await run(service, "worker", environment)
    assert process.stdout is not None
    try:
        port = 0
        while not port:
            line = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
            port = line.get("port", 0) if line["event"] == "http.listening" else 0
        draining = asyncio.create_task(process.stdout.read())
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as http:

            async def is_ready() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await eventually(is_ready, "the worker is not ready", within=60)
            yield http
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        await draining
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

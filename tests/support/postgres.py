"""A real Postgres for tests: a database each on the session's server, and a server of a test's own to break."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from leadstream_dev.postgres import PostgresServer, PostgresUrl, require_recent

# Brings an empty database, given by its URL, to the state the tests start from. It must close its connections.
Prepare = Callable[[str], Awaitable[object]]


class Databases:
    """Fresh databases, copied from templates that are prepared once a session."""

    def __init__(self, server: PostgresUrl) -> None:
        self._server = server
        self._templates: dict[str, str] = {}

    async def template(self, name: str, prepare: Prepare) -> str:
        """Return the template of that name, after preparing it if nobody has."""
        if name not in self._templates:
            database = _new_name(f"template_{name}")
            await self._execute(f"CREATE DATABASE {database}")
            self._templates[name] = database
            try:
                await prepare(self._server.url_for(database))
            except BaseException:
                await self._drop_template(name)
                raise
        return self._templates[name]

    async def create(self, template: str | None = None) -> str:
        """Return the URL of a new database, a copy of the template or empty."""
        database = _new_name("test")
        # As files: the other way writes every page into the log, too, and takes twice the time.
        await self._execute(
            f"CREATE DATABASE {database} TEMPLATE {template or 'template0'} STRATEGY file_copy"
        )
        return self._server.url_for(database)

    async def drop(self, url: str) -> None:
        """Drop a database, with those still connected to it."""
        await self._drop(urlsplit(url).path.removeprefix("/"))

    async def close(self) -> None:
        for name in list(self._templates):
            await self._drop_template(name)

    async def _drop_template(self, name: str) -> None:
        await self._drop(self._templates.pop(name))

    async def _drop(self, database: str) -> None:
        await self._execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        async with _connected(self._server.url) as connection:
            await connection.execute(statement)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(url, timeout=60)
    try:
        yield connection
    finally:
        await connection.close()


def _new_name(prefix: str) -> str:
    return f"{prefix.replace('-', '_')}_{uuid4().hex[:10]}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server() -> AsyncIterator[PostgresUrl]:
    """The session's server, or that of DATABASE_URL, whose user must be allowed to create databases."""
    given = os.environ.get("DATABASE_URL")
    if given:
        await require_recent(given)
        yield PostgresUrl(given)
        return
    async with PostgresServer.temporary() as server:
        await _ease_logins(server.url)
        yield server.address


async def _ease_logins(url: str) -> None:
    """Store the password with one hash: of a login the usual 4,096 are a third, and a test logs in a dozen times."""
    async with _connected(url) as connection:
        if connection.get_server_version() >= (16,):
            await connection.execute("SET scram_iterations = 1")
            await connection.execute(f"ALTER ROLE CURRENT_USER PASSWORD '{urlsplit(url).password}'")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases(postgres_server: PostgresUrl) -> AsyncIterator[Databases]:
    databases = Databases(postgres_server)
    yield databases
    await databases.close()


@pytest.fixture
def database_template() -> str | None:
    """What `database_url` is a copy of: nothing. A folder's conftest.py overrides it with its service's template."""
    return None


@pytest.fixture
async def database_url(databases: Databases, database_template: str | None) -> AsyncIterator[str]:
    """A database of the test's own, from `database_template`."""
    url = await databases.create(database_template)
    yield url
    await databases.drop(url)


@pytest.fixture
async def own_postgres() -> AsyncIterator[PostgresServer]:
    """A server of the test's own, to kill and to restart."""
    async with PostgresServer.temporary() as server:
        yield server

"""At the start a service waits for what it needs, says so, and gives up after a while."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
from aiokafka.errors import KafkaError

from leadstream.errors import TransientError
from leadstream.kafka.client import KafkaConfig, abandon, make_producer
from leadstream.postgres import UNAVAILABLE, Database, at_head

log = logging.getLogger(__name__)
T = TypeVar("T")
RETRY_SECONDS = 1.0
GIVE_UP_SECONDS = 1.0

# What a server says that is being set up: the role or the database may be there in a moment.
NOT_YET = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


class GaveUpError(Exception):
    """What the service needs was not there in time. The message says what, and what to do."""


async def wait_for(
    what: str, attempt: Callable[[], Awaitable[T]], *, patience: timedelta, hint: str
) -> T:
    """Try until it works; raise GaveUpError after `patience`."""
    deadline = time.monotonic() + patience.total_seconds()
    announced = False
    while True:
        try:
            return await attempt()
        except (*UNAVAILABLE, *NOT_YET, KafkaError, TransientError) as exc:
            if time.monotonic() >= deadline:
                raise GaveUpError(
                    f"{what} was not there within {patience.total_seconds():g} s"
                    f" ({type(exc).__name__}): {hint}"
                ) from exc
            if not announced:
                log.warning("runtime.waiting", extra={"what": what, "error": type(exc).__name__})
                announced = True
        await asyncio.sleep(RETRY_SECONDS)


async def unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """Do the work; give it up, and return None, when the process is told to stop."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    working.cancel()
    # Not for long: a server that does not answer does not answer to the end of a connection, either.
    await asyncio.wait([working], timeout=GIVE_UP_SECONDS)
    return None


async def connect_postgres(dsn: str, *, schema: str, patience: timedelta) -> Database:
    async def attempt() -> Database:
        return await Database.connect(dsn, schema=schema)

    return await wait_for("Postgres", attempt, patience=patience, hint="check the database URL")


async def wait_for_migrations(
    database: Database, packages: list[str], *, package: str, patience: timedelta
) -> None:
    async def attempt() -> None:
        if not await at_head(database, packages):
            raise TransientError("migrations are missing")

    hint = f"run `python -m {package} migrate`"
    await wait_for("a migrated schema", attempt, patience=patience, hint=hint)


async def wait_for_kafka(config: KafkaConfig, *, patience: timedelta) -> None:
    async def attempt() -> None:
        producer = make_producer(config)
        try:
            await producer.start()
        finally:
            await abandon(producer)

    await wait_for("Kafka", attempt, patience=patience, hint="check KAFKA_BOOTSTRAP_SERVERS")

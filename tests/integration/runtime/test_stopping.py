"""SIGTERM ends a process inside its grace time, whatever is away, and loses nothing by it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg
import orjson
import pytest
import pytest_asyncio
from aiokafka.errors import KafkaError

from integration.runtime.processes import ServiceProcess, running, settings
from leadstream.errors import TransientError
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.server import Server
from support.intake import TOPIC, a_lead, ensure_topics, produce
from support.kafka import KafkaAdmin
from support.ledger import until
from support.waiting import eventually

# design: SIGTERM to exit.
GRACE = 10.0


class Provider:
    """Takes every call, and answers none before it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.release = asyncio.Event()
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Provider"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            self.release.set()
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            self.calls += 1
            await self.release.wait()
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broker() -> AsyncIterator[KafkaBroker]:
    """A broker to kill and to freeze."""
    async with KafkaBroker.temporary() as broker:
        yield broker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    async with PostgresServer.temporary() as server:
        yield server


@pytest.fixture
async def given(broker: KafkaBroker, postgres: PostgresServer) -> dict[str, str]:
    """The settings of a service whose schema and topics are there."""
    # One that was frozen is fenced when it wakes, until the controller has heard of it.
    await eventually(partial(_has_topics, broker), "the broker is not back", within=60)
    given = settings(
        postgres.url,
        broker.bootstrap_servers,
        CLAY_API_KEY="key",
        CLAY_API_URL="http://127.0.0.1:1",
        # The process of the case before could not leave its group: this one waits until it counts as gone.
        KAFKA_SESSION_TIMEOUT="6",
    )
    async with running("migrate", given, package="enrichment") as migration:
        assert await migration.ended(within=60) == 0
    # What the case before has left: jobs under way, and a circuit that its 503s have opened.
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("TRUNCATE enrichment.jobs, enrichment.pauses CASCADE")
    await connection.close()
    return given


async def _has_topics(broker: KafkaBroker) -> bool:
    admin = KafkaAdmin(broker.bootstrap_servers)
    try:
        await admin.start()
        await ensure_topics(admin, TOPIC)
    except (KafkaError, TransientError):
        return False
    finally:
        await admin.close()
    return True


Away: TypeAlias = Callable[[KafkaBroker, PostgresServer], Coroutine[Any, Any, None]]


async def _nothing(broker: KafkaBroker, postgres: PostgresServer) -> None:
    """The provider alone: it never answers."""


async def _postgres_killed(broker: KafkaBroker, postgres: PostgresServer) -> None:
    await postgres.kill()


async def _postgres_frozen(broker: KafkaBroker, postgres: PostgresServer) -> None:
    _signal(postgres, signal.SIGSTOP)


async def _kafka_killed(broker: KafkaBroker, postgres: PostgresServer) -> None:
    await broker.kill()


async def _kafka_frozen(broker: KafkaBroker, postgres: PostgresServer) -> None:
    _signal(broker, signal.SIGSTOP)


async def _both_killed(broker: KafkaBroker, postgres: PostgresServer) -> None:
    await asyncio.gather(broker.kill(), postgres.kill())


async def _both_frozen(broker: KafkaBroker, postgres: PostgresServer) -> None:
    _signal(broker, signal.SIGSTOP)
    _signal(postgres, signal.SIGSTOP)


@pytest.mark.parametrize(
    ("away", "provider_answers"),
    [
        (_nothing, False),
        (_postgres_killed, True),
        (_postgres_frozen, True),
        (_kafka_killed, False),
        (_kafka_frozen, True),
        (_both_killed, True),
        (_both_frozen, False),
    ],
)
async def test_sigterm_ends_a_process_that_has_work_in_hand(
    broker: KafkaBroker,
    postgres: PostgresServer,
    given: dict[str, str],
    away: Away,
    provider_answers: bool,
) -> None:
    async with Provider().serving() as provider, _mended(broker, postgres):
        given["CLAY_API_URL"] = provider.url
        async with running("worker", given, package="enrichment") as service:
            await until(lambda: service.logged("intake.assigned"))
            await produce(broker.bootstrap_servers, [(b"k", _a_lead()) for _ in range(5)])
            await until(lambda: provider.calls >= 5)
            await away(broker, postgres)
            if provider_answers:
                # What has ended can't be written down.
                provider.release.set()
                await asyncio.sleep(0.5)
            await _told(service)

    # Nothing is failed by it: what was under way is leased still, or waits for its next attempt.
    assert await _states(given["DATABASE_URL"]) <= {"running", "ready", "succeeded"}


@pytest.mark.parametrize("away", [_postgres_frozen, _kafka_frozen, _both_killed])
async def test_sigterm_ends_a_process_that_waits_at_its_start(
    broker: KafkaBroker, postgres: PostgresServer, given: dict[str, str], away: Away
) -> None:
    async with _mended(broker, postgres):
        await away(broker, postgres)
        async with running("worker", given, package="enrichment") as service:
            # Frozen servers make no line: they take the connection.
            await until(partial(_handles_signals, service))
            await asyncio.sleep(1)
            await _told(service)


async def test_sigterm_ends_a_migration_that_waits_for_another(
    postgres: PostgresServer, given: dict[str, str]
) -> None:
    async with running("migrate", given, package="enrichment") as service:
        # Its own lock is not known here; a lock on its table holds it up as well.
        connection = await asyncpg.connect(postgres.url)
        async with connection.transaction():
            await connection.execute("LOCK TABLE enrichment.schema_migrations")
            await until(partial(_handles_signals, service))
            service.terminate()
            assert await service.ended(within=GRACE) in (0, 128 + signal.SIGTERM)
        await connection.close()


def _a_lead() -> bytes:
    """Of a company of its own: one is asked about once, by one worker."""
    lead = orjson.loads(a_lead())
    lead["company"]["domain"] = f"{uuid4().hex}.com"
    return orjson.dumps(lead)


async def _told(service: ServiceProcess) -> None:
    """Tell it twice to stop, as some do; it ends with 0, in time."""
    service.terminate()
    await asyncio.sleep(0.3)
    with suppress(ProcessLookupError):
        service.terminate()
    # By a clock that stands still with the machine.
    await eventually(partial(_is_gone, service), "the process is still there", within=GRACE - 0.3)
    assert service.process.returncode == 0


async def _is_gone(service: ServiceProcess) -> bool:
    return service.process.returncode is not None


async def _handles_signals(service: ServiceProcess) -> bool:
    return _catches_sigterm(service.process.pid)


def _catches_sigterm(pid: int) -> bool:
    """Whether it is handled by now, and does not just kill."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@asynccontextmanager
async def _mended(broker: KafkaBroker, postgres: PostgresServer) -> AsyncIterator[None]:
    """Afterwards both are there again."""
    try:
        yield
    finally:
        for server in (broker, postgres):
            _signal(server, signal.SIGCONT)
            await server.start()


def _signal(server: Server, number: signal.Signals) -> None:
    """To the server and to all its children: each backend of Postgres is one."""
    if server.running:
        for pid in _family(server.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _family(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(each for child in children for each in _family(int(child)))]
    return [pid]


async def _states(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT DISTINCT state FROM enrichment.jobs")
        return {row["state"] for row in rows}
    finally:
        await connection.close()

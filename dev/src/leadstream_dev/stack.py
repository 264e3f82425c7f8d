"""Kafka and Postgres as one: those that run already, or our own."""

import asyncio
import os
import shutil
from collections.abc import Coroutine, Mapping
from typing import Self

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker, require_cluster
from leadstream_dev.locks import FileLock
from leadstream_dev.ports import choose_port, recall_ports, remember_ports
from leadstream_dev.postgres import PostgresServer, require_recent
from leadstream_dev.records import RunRecords
from leadstream_dev.server import Server

_KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
_POSTGRES = "DATABASE_URL"


class Stack:
    """One at a time in a home; data and ports stay the same from one start to the next."""

    # None where it is someone else's.
    kafka: KafkaBroker | None
    postgres: PostgresServer | None

    def __init__(
        self,
        *,
        home: Home | None = None,
        env: Mapping[str, str] | None = None,
        durable: bool = True,
        optimised: bool = False,
        kafka_config: Mapping[str, str] | None = None,
        postgres_settings: Mapping[str, str] | None = None,
    ) -> None:
        """Set the stack up.

        `KAFKA_BOOTSTRAP_SERVERS` and `DATABASE_URL` in `env`, by default the process's own, each name one to use
        instead of starting one. For `durable` see PostgresServer, for `optimised` KafkaBroker.
        """
        self.home = home or Home.default()
        self._env = os.environ if env is None else env
        ports = recall_ports(self.home.path)
        self.kafka = None
        if not self._env.get(_KAFKA):
            self.kafka = KafkaBroker(
                data_dir=self.home.kafka_data,
                port=choose_port(ports.get("kafka", 0), 9092),
                log=self.home.logs / "kafka.log",
                home=self.home,
                config=kafka_config,
                optimised=optimised,
            )
        self.postgres = None
        if not self._env.get(_POSTGRES):
            self.postgres = PostgresServer(
                data_dir=self.home.postgres_data,
                port=choose_port(ports.get("postgres", 0), 5432),
                durable=durable,
                settings=postgres_settings,
                log=self.home.logs / "postgres.log",
                home=self.home,
            )
        self._lock = _lock(self.home)

    @property
    def bootstrap_servers(self) -> str:
        return self._env[_KAFKA] if self.kafka is None else self.kafka.bootstrap_servers

    @property
    def database_url(self) -> str:
        return self._env[_POSTGRES] if self.postgres is None else self.postgres.url

    def environment(self) -> dict[str, str]:
        """Return the variables that make a service use this stack."""
        return {_KAFKA: self.bootstrap_servers, _POSTGRES: self.database_url}

    async def start(self) -> None:
        """Start both side by side; if one cannot be had, stop the other and raise StackError."""
        _take(self._lock, self.home)
        try:
            await RunRecords(self.home.run).recover()
            await _all(self._start_kafka(), self._start_postgres())
            remember_ports(self.home.path, {server.name: server.port for server in self._servers()})
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        try:
            await _all(*(server.stop() for server in self._servers()))
        finally:
            self._lock.release()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _servers(self) -> list[Server]:
        return [server for server in (self.kafka, self.postgres) if server is not None]

    async def _start_kafka(self) -> None:
        if self.kafka is None:
            await require_cluster(self.bootstrap_servers)
        else:
            await self.kafka.start()

    async def _start_postgres(self) -> None:
        if self.postgres is None:
            await require_recent(self.database_url)
        else:
            await self.postgres.start()


async def clean(home: Home) -> None:
    """End what a killed owner left running and delete all data and logs; what was downloaded stays.

    Raises StackError while a stack is running.
    """
    lock = _lock(home)
    _take(lock, home)
    try:
        await RunRecords(home.run).recover()
        for server in (
            KafkaBroker(data_dir=home.kafka_data, home=home),
            PostgresServer(data_dir=home.postgres_data, home=home),
        ):
            await server.remove()
        for folder in (home.sandbox, home.logs):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    finally:
        lock.release()


def _lock(home: Home) -> FileLock:
    return FileLock(home.run / "stack.lock")


def _take(lock: FileLock, home: Home) -> None:
    if not lock.acquire():
        raise StackError(f"a stack is running in {home.path}: stop it first")


async def _all(*work: Coroutine[None, None, None]) -> None:
    """Wait for all of it, even if some fails, then raise the first failure."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome

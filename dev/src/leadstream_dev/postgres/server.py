"""One PostgreSQL server, run from the wheel's binaries or an installed one."""

from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT, SIGQUIT
from urllib.parse import quote

import asyncpg

from leadstream.postgres import load_queries
from leadstream_dev.home import Home
from leadstream_dev.ports import choose_port
from leadstream_dev.postgres.binaries import Binaries, find_binaries
from leadstream_dev.postgres.cluster import ROLE, Cluster
from leadstream_dev.postgres.unprivileged import (
    reachable_binaries,
    reachable_folder,
    remove_folder,
    server_user,
    temporary_folder,
)
from leadstream_dev.postgres.url import PostgresUrl, accepts_queries
from leadstream_dev.process import Command
from leadstream_dev.records import scratch_root
from leadstream_dev.server import Server

SQL = load_queries("leadstream_dev.postgres", "server.sql")
_DATABASE = "leadstream"
_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d %a: ",
    "log_checkpoints": "off",
}
# fsync alone: it saves the disk's time, and what a killed server had committed is still in the kernel's hands. Without
# synchronous_commit the last commits would be lost with the process.
# Shared memory in files beside the data: of the system's a killed server leaves its segments behind for ever.
_NOT_DURABLE = {"fsync": "off", "dynamic_shared_memory_type": "mmap"}


class PostgresServer(Server):
    """A superuser `leadstream` with a random password, and a database of the same name."""

    name = "postgres"
    # "Fast": open transactions are rolled back. The default, SIGTERM, waits for every client to leave.
    stop_signal = SIGINT

    def __init__(  # noqa: PLR0913 - each has a default; callers name the few they care about
        self,
        *,
        data_dir: Path,
        port: int = 0,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
        home: Home | None = None,
        scratch: bool = False,
    ) -> None:
        """Set the server up; a port of 0 means any free one, chosen now and kept.

        Without `durable` nothing is synced to disk: data survives a killed server but not a machine that stops.
        """
        super().__init__(data_dir=data_dir, log=log, home=home, scratch=scratch)
        self._port = port or choose_port()
        self._settings = {**_SETTINGS, **({} if durable else _NOT_DURABLE), **(settings or {})}

    @classmethod
    def temporary(
        cls, *, home: Home | None = None, settings: Mapping[str, str] | None = None
    ) -> "PostgresServer":
        """Set up a server without fsync, with data that lasts until `remove`."""
        folder = temporary_folder("postgres", scratch_root())
        return cls(data_dir=folder, durable=False, home=home, settings=settings, scratch=True)

    @property
    def port(self) -> int:
        return self._port

    @property
    def address(self) -> PostgresUrl:
        """Where the server is; there is none before the first start, which makes the password."""
        password = quote(self._cluster().password)
        return PostgresUrl(f"postgresql://{ROLE}:{password}@127.0.0.1:{self.port}/{_DATABASE}")

    @property
    def url(self) -> str:
        return self.address.url

    def url_for(self, database: str) -> str:
        return self.address.url_for(database)

    async def _prepare(self) -> Command:
        reachable_folder(self.data_dir / "server")
        cluster = self._cluster()
        binaries = await self._binaries(cluster)
        if cluster.major() is None:
            await cluster.create(binaries, self.log, self._records)
        await cluster.clear_leftovers()
        cluster.configure({**self._settings, "unix_socket_directories": cluster.socket_folder()})
        address = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1"]
        return Command(
            name=self.name,
            argv=[binaries.path("postgres"), "-D", str(cluster.data), *address],
            log=self.log,
            cwd=cluster.data.parent,
            user=server_user(),
            # "Immediate": it ends its own children at once, and replays its log at the next start.
            death_signal=SIGQUIT,
            ports=[self.port],
            data_dir=self.data_dir,
            scratch=self._scratch,
        )

    async def _is_ready(self) -> bool:
        return await accepts_queries(self.url_for("postgres"))

    async def _complete(self) -> None:
        connection = await asyncpg.connect(self.url_for("postgres"), timeout=10)
        try:
            if not await connection.fetchval(SQL.database_exists, _DATABASE):
                await connection.execute(f"CREATE DATABASE {_DATABASE}")
        finally:
            await connection.close()

    async def _binaries(self, cluster: Cluster) -> Binaries:
        found = find_binaries(major=cluster.major())
        cache = self._home.path / f"postgres-{found.major}-binaries"
        return await reachable_binaries(found, cache)

    def _cluster(self) -> Cluster:
        return Cluster((self.data_dir / "server").resolve())

    async def remove(self) -> None:
        if self.running:
            await self.kill()
        await self._cluster().clear_leftovers()
        await super().remove()

    def _delete_data(self) -> None:
        remove_folder(self.data_dir / "server")
        super()._delete_data()

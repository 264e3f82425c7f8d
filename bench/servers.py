"""A Kafka and a Postgres of the benchmark's own, durable as in production, gone afterwards."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg

from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.postgres import PostgresServer

# Checkpoints of a small default WAL in the middle of a run would be measured with one peer and not with another.
_POSTGRES = {"max_wal_size": "4GB", "shared_buffers": "512MB"}


@dataclass(frozen=True, slots=True)
class Servers:
    home: Home
    # Gone at the end, with all that is in it.
    folder: Path
    kafka: KafkaBroker
    postgres: PostgresServer

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap_servers

    async def new_database(self) -> str:
        """Create a database and return its URL."""
        name = f"bench_{uuid4().hex[:10]}"
        await self._execute(f"CREATE DATABASE {name}")
        return self.postgres.url_for(name)

    async def drop_database(self, url: str) -> None:
        name = url.rpartition("/")[2]
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def checkpoint(self) -> None:
        """Let nobody pay for what another has left in the cache."""
        await self._execute("CHECKPOINT")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.postgres.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    home = Home.default()
    with tempfile.TemporaryDirectory(prefix="leadstream-bench-") as folder:
        root = Path(folder)
        # The optimising compiler: as brokers run in production, and nobody's events pay for a cold one.
        kafka = KafkaBroker(data_dir=root / "kafka", home=home, optimised=True)
        postgres = PostgresServer(
            data_dir=root / "postgres", home=home, durable=True, settings=_POSTGRES
        )
        try:
            await kafka.start()
            await postgres.start()
            yield Servers(home, root, kafka, postgres)
        finally:
            await kafka.stop()
            await postgres.stop()
            await postgres.remove()

"""The machine the figures are from: figures without it mean nothing."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

from leadstream_dev.home import Home


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    memory_gib: float
    python: str
    kafka: str
    postgres: str

    def __str__(self) -> str:
        return (
            f"{self.cores} cores, {self.memory_gib:.0f} GiB, Python {self.python}, "
            f"Kafka {self.kafka}, PostgreSQL {self.postgres}"
        )


async def describe(home: Home, database_url: str) -> Machine:
    return Machine(
        cores=os.cpu_count() or 0,
        memory_gib=psutil.virtual_memory().total / 2**30,
        python=platform.python_version(),
        kafka=_kafka_version(home.path),
        postgres=await _postgres_version(database_url),
    )


def libraries(*names: str) -> str:
    return ", ".join(f"{name} {version(name)}" for name in names)


def _kafka_version(home: Path) -> str:
    jars = sorted(home.rglob("kafka-clients-*.jar"))
    return jars[-1].stem.removeprefix("kafka-clients-") if jars else "unknown"


async def _postgres_version(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        shown: str = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return shown.split()[0]

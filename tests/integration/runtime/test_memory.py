"""A process takes in, sets aside and publishes records of a megabyte by the thousand without growing with them.

At full size by hand: `RECORDS=12000 .venv/bin/pytest -s tests/integration/runtime/test_memory.py`.
"""

import os
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaProducer

from enrichment.bootstrap import SERVICE
from integration.runtime.processes import running, settings
from leadstream.postgres import migrate
from support.intake import DEAD_LETTERS, TOPIC, a_lead, ensure_topics, group_at_end
from support.kafka import KafkaAdmin
from support.ledger import until
from support.postgres import Databases

TICKS = "scheduler.tick"
RECORDS = int(os.environ.get("RECORDS", "300"))
MIB = 1024 * 1024
# A container of a service has 256.
LIMIT = 256 * MIB
GROWTH = 64 * MIB
# So many at a time are in memory here.
PORTION = 20


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.create()
    await migrate(url, schema=SERVICE.package, packages=SERVICE.packages)
    yield url
    await databases.drop(url)


async def test_a_process_does_not_grow_with_the_records_it_reads(
    url: str, kafka: str, kafka_admin: KafkaAdmin
) -> None:
    await ensure_topics(kafka_admin, TOPIC, TICKS, DEAD_LETTERS)
    await group_at_end(kafka, SERVICE.name, [TOPIC, TICKS])
    given = settings(url, kafka, CLAY_API_KEY="key", CLAY_API_URL="http://127.0.0.1:1")
    connection = await asyncpg.connect(url)

    async with running("worker", given, package="enrichment") as service:
        await until(lambda: service.logged("intake.assigned"), seconds=120)
        await _produce(kafka, 0, 12, size=1000)
        await until(partial(_all_out, connection, 12), seconds=120)
        pid = service.process.pid
        before = _memory(pid, "VmRSS")
        for start in range(12, RECORDS, PORTION):
            await _produce(kafka, start, min(RECORDS, start + PORTION), size=990_000)
        await until(partial(_all_out, connection, RECORDS), seconds=120 + RECORDS / 5)
        most = _memory(pid, "VmHWM")

    await connection.close()
    sys.stdout.write(
        f"{RECORDS} records: {before / MIB:.0f} MiB idle, {most / MIB:.0f} MiB at most\n"
    )
    assert most - before <= GROWTH
    assert most < LIMIT


async def _produce(kafka: str, start: int, end: int, *, size: int) -> None:
    """Every third of them is garbage."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=4_000_000)
    await producer.start()
    for n in range(start, end):
        value = _padded(size) if n % 3 else b"{" + b"x" * size
        await producer.send_and_wait(TOPIC, value, key=b"%d" % n)
    await producer.stop()


def _padded(size: int) -> bytes:
    """A lead with something that nobody knows."""
    lead: dict[str, Any] = orjson.loads(a_lead())
    return orjson.dumps(lead | {"padding": ["x" * 90] * (size // 100)})


async def _all_out(connection: "asyncpg.Connection[Any]", count: int) -> bool:
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM enrichment.jobs) + (SELECT count(*) FROM enrichment.dead_letters) AS taken,"
        " (SELECT count(*) FROM enrichment.outbox WHERE type = 'dead-letter') AS waiting"
    )
    assert row is not None
    return bool(row["taken"] == count and row["waiting"] == 0)


def _memory(pid: int, name: str) -> int:
    """Bytes, of /proc/<pid>/status."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) * 1024

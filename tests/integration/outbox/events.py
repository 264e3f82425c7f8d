"""Events to put into an outbox, and relays to take them out."""

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadstream.ids import new_id
from leadstream.outbox import OutboxEvent, add_events
from leadstream.postgres import Database


def an_event(
    topic: str, value: bytes | None = b"{}", *, key: bytes | None = b"k", **changes: Any
) -> OutboxEvent:
    given: dict[str, Any] = {"id": new_id(), "type": "lead.discovered.v1", "aggregate_id": "a"}
    return OutboxEvent(topic=topic, key=key, payload=value, **(given | changes))


async def put(database: Database, *events: OutboxEvent) -> None:
    async with database.transaction() as tx:
        await add_events(tx, events)


async def waiting(database: Database) -> int:
    count: int = await database.pool.fetchval("SELECT count(*) FROM outbox")
    return count


async def is_empty(database: Database) -> bool:
    return await waiting(database) == 0


def ids(records: Sequence[Any]) -> list[UUID]:
    return [UUID(dict(record.headers)["ce_id"].decode()) for record in records]


def by_key(records: Sequence[Any]) -> dict[bytes, list[bytes]]:
    found = defaultdict(list)
    for record in records:
        found[record.key].append(record.value)
    return dict(found)


RELAY = """
import asyncio, sys
from leadstream.kafka.client import KafkaConfig
from leadstream.outbox import publisher
from leadstream.outbox.relay import Relay
from leadstream.postgres import Database

# A machine that stands still is no topic that is missing.
publisher.TOPIC_SECONDS = 60.0

async def main():
    database = await Database.connect(sys.argv[1], schema="core")
    relay = Relay(database, KafkaConfig(bootstrap_servers=sys.argv[2]), source="/leadstream/test")
    await relay.run(asyncio.Event())

asyncio.run(main())
"""


async def relay_that_dies(url: str, bootstrap: str, failpoint: str) -> int:
    """Run a relay in a process of its own until the fail-point kills it; return how it ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RELAY,
        url,
        bootstrap,
        env=os.environ | {"LEADSTREAM_FAILPOINTS": failpoint},
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()

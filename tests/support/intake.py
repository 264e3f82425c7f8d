"""An intake on the session's broker, that sees only what its own test produces."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from leadstream.contracts import registry
from leadstream.contracts.codec import Decoded
from leadstream.contracts.events import LeadDiscovered
from leadstream.ids import derived_id
from leadstream.jobs.adding import MakeAdding
from leadstream.jobs.model import NewJob, Priority
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.handlers import EventHandler, Work
from leadstream.kafka.intake import Intake
from leadstream.outbox.relay import Relay
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, Tx
from support.kafka import KafkaAdmin
from support.ledger import an_idle_worker
from support.waiting import eventually

TOPIC = "lead.discovered"
SERVICE = "enrichment"
DEAD_LETTERS = f"{TOPIC}.{SERVICE}.dlq"
WORKSPACE = UUID("5f0c1d1e-0000-4000-8000-000000000001")


def a_lead(
    name: str = "Acme Corp", *, lead: UUID | None = None, workspace: UUID = WORKSPACE
) -> bytes:
    return orjson.dumps(
        {
            "lead_id": str(lead or uuid4()),
            "workspace_id": str(workspace),
            "company": {"name": name, "domain": "acme.com"},
            "intent": {"score": "hot"},
        }
    )


async def take_in(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    """One job a lead and revision, as enrichment does it."""
    leads: list[LeadDiscovered] = [each.event for each in events]
    return Work(
        jobs=[
            NewJob(
                id=derived_id("enrich-lead", lead.lead_id, lead.revision),
                kind="enrich-lead",
                priority=Priority.HOT,
                lane=f"workspace:{lead.workspace_id}",
                payload={"name": lead.company.name},
                workspace_id=lead.workspace_id,
                lead_id=lead.lead_id,
            )
            for lead in leads
        ]
    )


async def ensure_topics(admin: KafkaAdmin, *names: str) -> None:
    """Create the registered topics on the session's broker, as they are registered, if no test has yet."""
    config = KafkaConfig(bootstrap_servers=admin.bootstrap_servers)
    await topics.apply(config, registry.load())
    for name in names:
        await eventually(partial(admin.is_led, name), f"topic {name} has no leaders")


async def group_at_end(bootstrap: str, group: str, names: Sequence[str]) -> None:
    """Make a group whose offsets are the present ends: it will see only what comes."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for topic in names for n in range(12)]
        consumer.assign(partitions)
        await consumer.commit(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()


async def produce(
    bootstrap: str, records: Sequence[tuple[bytes | None, bytes | None]], topic: str = TOPIC
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4_000_000)
    await producer.start()
    try:
        acks = [await producer.send(topic, value=value, key=key) for key, value in records]
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


@asynccontextmanager
async def taking_in(  # noqa: PLR0913 - each says what one test is about
    database: Database,
    bootstrap: str,
    group: str,
    handlers: Mapping[str, EventHandler] | None = None,
    *,
    instance_id: str | None = None,
    session_timeout_ms: int = 6_000,
    board: PauseBoard | None = None,
    adding: MakeAdding | None = None,
    **more: Any,
) -> AsyncIterator[Intake]:
    """An intake, running until the block ends, with a pause board that it runs, or with the given one as it is.

    Unless there is a worker whose `adding` is given, jobs wait for one.
    """
    own, board = board is None, board or PauseBoard(database)
    intake = Intake(
        database,
        board,
        KafkaConfig(bootstrap_servers=bootstrap),
        handlers or {TOPIC: take_in},
        service=SERVICE,
        adding=adding or an_idle_worker(database).adding,
        group=group,
        instance_id=instance_id,
        session_timeout_ms=session_timeout_ms,
        **more,
    )
    stop = asyncio.Event()
    runs = [intake.run(stop), *([board.run(stop)] if own else [])]
    running = [asyncio.create_task(each) for each in runs]
    try:
        yield intake
    finally:
        stop.set()
        await asyncio.gather(*running)


@asynccontextmanager
async def relaying(
    database: Database, bootstrap: str, *, only_dead_letters: bool = False
) -> AsyncIterator[Relay]:
    relay = Relay(
        database,
        KafkaConfig(bootstrap_servers=bootstrap),
        source="/leadstream/test",
        only_dead_letters=only_dead_letters,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    try:
        yield relay
    finally:
        stop.set()
        await running


async def jobs(database: Database) -> int:
    count: int = await database.pool.fetchval("SELECT count(*) FROM jobs")
    return count


async def lag(bootstrap: str, group: str, topic: str = TOPIC) -> int:
    """Newest offsets minus committed ones, over all partitions."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(12)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        done = {p: await consumer.committed(p) or 0 for p in partitions}
        return sum(ends[p] - done[p] for p in partitions)
    finally:
        await consumer.stop()

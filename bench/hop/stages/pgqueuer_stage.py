"""A stage on PgQueuer: aiokafka batches → `enqueue` → workers, one transaction per job with domain row and outbox
row → a relay.

Idiom: the documentation's entrypoint with a pool as a shared resource, batch enqueue with dedupe keys (its inbox),
the pool driver, batches of 100 jobs. Intake and relay are written as Leadstream's are: only the queue differs.
"""

import asyncio
import logging
import signal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from bench.hop.plan import Plan, enriched
from bench.hop.sql import SQL

BATCH = 500
DEQUEUE = 100
IDLE_SECONDS = 0.02


async def take_in(plan: Plan, queries: Queries, stop: asyncio.Event) -> None:
    consumer = AIOKafkaConsumer(
        plan.source,
        bootstrap_servers=plan.bootstrap,
        group_id=plan.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=250, max_records=BATCH)
            records = [record for batch in fetched.values() for record in batch]
            if not records:
                continue
            await queries.enqueue(
                ["enrich"] * len(records),
                [record.value for record in records],
                [0] * len(records),
                dedupe_key=[f"{record.partition}/{record.offset}" for record in records],
                on_conflict="skip",
            )
            await consumer.commit()
    finally:
        await consumer.stop()


def make_worker(plan: Plan, pool: "asyncpg.Pool[Any]") -> PgQueuer:
    worker = PgQueuer.from_asyncpg_pool(pool)

    @worker.entrypoint("enrich")
    async def enrich(job: Job) -> None:
        lead = orjson.loads(job.payload or b"")
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                SQL.save_state,
                UUID(lead["lead_id"]),
                UUID(lead["workspace_id"]),
                lead["revision"],
                orjson.dumps(lead).decode(),
            )
            await connection.execute(
                SQL.add_to_outbox,
                plan.target,
                lead["lead_id"].encode(),
                orjson.dumps(enriched(lead)),
            )

    return worker


async def relay(plan: Plan, pool: "asyncpg.Pool[Any]", stop: asyncio.Event) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=plan.bootstrap, acks="all", enable_idempotence=True, linger_ms=2
    )
    await producer.start()
    try:
        while not stop.is_set():
            async with pool.acquire() as connection, connection.transaction():
                rows = await connection.fetch(SQL.take_from_outbox, BATCH)
                acks = [
                    await producer.send(row["topic"], value=row["payload"], key=row["key"])
                    for row in sorted(rows, key=lambda row: row["seq"])
                ]
                await asyncio.gather(*acks)
            if len(rows) < BATCH:
                await asyncio.sleep(IDLE_SECONDS)
    finally:
        await producer.stop()


async def main(plan: Plan) -> None:
    stop = asyncio.Event()
    async with asyncpg.create_pool(plan.database, min_size=4, max_size=20) as pool:
        queries = Queries(AsyncpgPoolDriver(pool))
        await queries.install()
        worker = make_worker(plan, pool)

        def end() -> None:
            stop.set()
            worker.shutdown.set()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
        await asyncio.gather(
            take_in(plan, queries, stop), worker.run(batch_size=DEQUEUE), relay(plan, pool, stop)
        )


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(main(Plan.of_environment()))

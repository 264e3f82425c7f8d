"""FastStream: a Kafka subscriber, one transaction per event, then `publish`.

Idiom: the documentation's `@broker.subscriber` with a group, its default acknowledgement (the offset is committed on
a timer), a pool in the lifespan. A plain dict instead of a pydantic model, and uvloop: both cheaper for it. It can
lose events when it is killed; it is not killed here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import uvloop
from faststream import ContextRepo, FastStream
from faststream.kafka import KafkaBroker

from bench.hop.plan import Plan, enriched
from bench.hop.sql import SQL


def make_app(plan: Plan) -> FastStream:
    broker = KafkaBroker(plan.bootstrap, logger=None)
    pools: list[asyncpg.Pool[Any]] = []

    @asynccontextmanager
    async def lifespan(context: ContextRepo) -> AsyncIterator[None]:
        async with asyncpg.create_pool(plan.database, min_size=2, max_size=10) as pool:
            pools.append(pool)
            yield

    @broker.subscriber(plan.source, group_id=plan.group, auto_offset_reset="earliest")
    async def enrich(lead: dict[str, Any]) -> None:
        await _store(pools[0], lead)
        await broker.publish(enriched(lead), plan.target, key=lead["lead_id"].encode())

    return FastStream(broker, lifespan=lifespan, logger=None)


async def _store(pool: "asyncpg.Pool[Any]", lead: dict[str, Any]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        event_id = f"{lead['lead_id']}:{lead['revision']}"
        if await connection.fetchval(SQL.take_event, event_id) is None:
            return
        await connection.execute(
            SQL.save_state,
            lead["lead_id"],
            lead["workspace_id"],
            lead["revision"],
            orjson.dumps(lead).decode(),
        )


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(make_app(Plan.of_environment()).run())

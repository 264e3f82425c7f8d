"""A stage as a FastStream subscriber with ten workers: one would wait for each call.

Idiom: the documentation's `@broker.subscriber` with `max_workers`, its default acknowledgement, `publish`. A plain
dict instead of a pydantic model, and uvloop. It can lose events when it is killed; it is not killed here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from faststream import ContextRepo, FastStream
from faststream.kafka import KafkaBroker

from bench.end_to_end.peers.plan import Plan
from bench.end_to_end.peers.work import STAGES, Lead, Tools

WORKERS = 10


def make_app(plan: Plan) -> FastStream:
    broker = KafkaBroker(plan.bootstrap, logger=None)
    work, sources = STAGES[plan.stage]
    opened: list[Tools] = []

    @asynccontextmanager
    async def lifespan(context: ContextRepo) -> AsyncIterator[None]:
        opened.append(await Tools.open(plan))
        yield
        await opened[0].close()

    async def send(topic: str, event: Lead) -> None:
        await broker.publish(event, topic, key=event["lead_id"].encode())

    @broker.subscriber(
        *sources,
        group_id=f"bench-{plan.stage}",
        auto_offset_reset="earliest",
        max_workers=WORKERS,
    )
    async def handle(event: dict[str, Any]) -> None:
        await work(opened[0], event, send)

    return FastStream(broker, lifespan=lifespan, logger=None)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(make_app(Plan.of_environment()).run())

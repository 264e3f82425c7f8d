"""The naive Faust agent: acknowledges by itself, decodes JSON, one transaction per event, then sends.

Idiom: the documentation's `async for` over a stream, a connection pool opened with the app, `topic.send` without
waiting for the broker. uvloop, because it is free. It can lose events when it is killed; it is not killed here.
"""

import logging
import tempfile
from typing import Any

import asyncpg
import faust
import orjson
from mode.loop import use

from bench.hop.plan import Plan, enriched
from bench.hop.sql import SQL


class App(faust.App):
    pool: "asyncpg.Pool[Any]"
    database: str

    async def on_start(self) -> None:
        self.pool = await asyncpg.create_pool(self.database, min_size=2, max_size=10)
        await super().on_start()

    async def on_shutdown(self) -> None:
        await super().on_shutdown()
        await self.pool.close()


def make_app(plan: Plan) -> App:
    app = App(
        plan.group,
        broker=f"kafka://{plan.bootstrap}",
        store="memory://",
        value_serializer="json",
        key_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        datadir=tempfile.mkdtemp(),
        env_prefix="BENCH_FAUST_",
    )
    app.database = plan.database
    source = app.topic(plan.source, key_type=bytes, value_serializer="json")
    target = app.topic(plan.target, key_type=bytes, value_serializer="json")

    async def enrich(leads: Any) -> None:
        async for lead in leads:
            await _store(app.pool, lead)
            await target.send(key=lead["lead_id"].encode(), value=enriched(lead))

    app.agent(source)(enrich)
    return app


async def _store(pool: "asyncpg.Pool[Any]", lead: Any) -> None:
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
    use("uvloop")
    worker = faust.Worker(
        make_app(Plan.of_environment()),
        loglevel=logging.WARNING,
        redirect_stdouts=False,
        quiet=True,
    )
    worker.execute_from_commandline()

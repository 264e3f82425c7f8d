"""A peer's chain: a process for each stage that a lead goes through."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import asyncpg

from bench.end_to_end.chain import ALERTS, PLATFORM, Chain
from bench.end_to_end.load import SOURCE
from bench.end_to_end.peers.plan import Plan
from bench.end_to_end.peers.work import SQL, STAGES
from bench.processes import running
from bench.servers import Servers
from bench.topics import create_topics
from leadstream.ids import workspace_id
from leadstream_dev.sandbox import Sandbox

TOPICS = (SOURCE, "lead.enriched", "lead.delivered", "lead.upload", "lead.uploaded")


@asynccontextmanager
async def peer(module: str, servers: Servers, sandbox: Sandbox) -> AsyncIterator[Chain]:
    await create_topics(servers.bootstrap, *TOPICS)
    await _create_tables(servers.postgres.url)
    plan = Plan(
        stage="",
        bootstrap=servers.bootstrap,
        database=servers.postgres.url,
        clay=f"{sandbox.url}/clay/v1",
        alerts=sandbox.hook_url(ALERTS),
        platform=sandbox.hook_url(PLATFORM),
    )
    async with AsyncExitStack() as stages:
        pids = []
        for stage in STAGES:
            process = await stages.enter_async_context(
                running(
                    f"bench.end_to_end.peers.{module}",
                    environment=replace(plan, stage=stage).environment(),
                    log=servers.logs / f"{module}-{stage}.log",
                    home=servers.home,
                )
            )
            pids.append(process.pid)
        yield Chain(SOURCE, workspace_id("bench"), pids)


async def _create_tables(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SQL.create_tables)
    finally:
        await connection.close()

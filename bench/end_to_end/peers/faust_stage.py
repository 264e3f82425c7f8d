"""A stage as a naive Faust agent, with ten actors: one would wait for each call.

Idiom: the documentation's `async for` with `concurrency`, which gives up the order, `topic.send` without waiting for
the broker, acknowledged by Faust itself. It can lose events when it is killed; it is not killed here.
"""

import logging
import tempfile
from typing import Any

import faust
from mode.loop import use

from bench.end_to_end.peers.plan import Plan
from bench.end_to_end.peers.work import STAGES, Lead, Tools

ACTORS = 10


class App(faust.App):
    tools: Tools
    plan: Plan

    async def on_start(self) -> None:
        self.tools = await Tools.open(self.plan)
        await super().on_start()

    async def on_shutdown(self) -> None:
        await super().on_shutdown()
        await self.tools.close()


def make_app(plan: Plan) -> App:
    app = App(
        f"bench-{plan.stage}",
        broker=f"kafka://{plan.bootstrap}",
        store="memory://",
        value_serializer="json",
        key_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        datadir=tempfile.mkdtemp(),
        env_prefix="BENCH_FAUST_",
    )
    app.plan = plan
    work, sources = STAGES[plan.stage]

    async def send(topic: str, event: Lead) -> None:
        key = event["lead_id"].encode()
        await app.topic(topic, key_type=bytes, value_serializer="json").send(key=key, value=event)

    async def agent(events: Any) -> None:
        async for event in events:
            await work(app.tools, event, send)

    source = app.topic(*sources, key_type=bytes, value_serializer="json")
    app.agent(source, concurrency=ACTORS)(agent)
    return app


if __name__ == "__main__":
    use("uvloop")
    worker = faust.Worker(
        make_app(Plan.of_environment()),
        loglevel=logging.WARNING,
        redirect_stdouts=False,
        quiet=True,
    )
    worker.execute_from_commandline()

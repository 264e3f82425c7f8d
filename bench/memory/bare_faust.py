"""What any Faust worker has: one agent, that takes events and does nothing with them."""

import logging
import sys
import tempfile
from typing import Any

import faust
from mode.loop import use

GROUP = "bench-bare-faust"


def make_app(bootstrap: str, topic: str) -> faust.App:
    app = faust.App(
        GROUP,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        value_serializer="json",
        key_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        datadir=tempfile.mkdtemp(),
        env_prefix="BENCH_FAUST_",
    )

    async def agent(events: Any) -> None:
        async for _ in events:
            pass

    app.agent(app.topic(topic, key_type=bytes, value_serializer="json"))(agent)
    return app


if __name__ == "__main__":
    use("uvloop")
    bootstrap, topic = sys.argv[1:]
    # What is left of the command line would be Faust's.
    del sys.argv[1:]
    worker = faust.Worker(
        make_app(bootstrap, topic), loglevel=logging.WARNING, redirect_stdouts=False, quiet=True
    )
    worker.execute_from_commandline()

"""Runs in the sandbox's container, from standard input: nothing but containers can reach Postgres and the ledger.

With `--wait`, first waits until every lead has reached its end. Writes the figures as one line of JSON.
"""

import asyncio
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
import orjson

# First: it loads the demo's command, which imports it in turn.
import leadstream.cli  # noqa: F401
from leadstream_dev.demo.figures import Reader
from leadstream_dev.demo.judgement import judge
from leadstream_dev.sandbox import Ledger

LEDGER = Path("/var/lib/leadstream/ledger.jsonl")
PATIENCE_SECONDS = 240


async def main() -> None:
    connection = await asyncpg.connect(os.environ["ADMIN_DATABASE_URL"])
    try:
        reader = Reader(connection)
        if "--wait" in sys.argv:
            await wait_until_all_arrived(reader)
        report = await figures(reader)
    finally:
        await connection.close()
    sys.stdout.write(orjson.dumps(report).decode() + "\n")


async def wait_until_all_arrived(reader: Reader) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    quiet = 0
    # Three times in a row, because an event is in no table while it is on its way through Kafka.
    while quiet < 3:
        if time.monotonic() > deadline:
            sys.exit(f"after {PATIENCE_SECONDS} s leads are still on their way")
        runs, stages = await reader.runs(), await reader.stages()
        ended = runs.succeeded + runs.failed >= await reader.active_queries()
        idle = ended and not stages.on_their_way and not await reader.unfinished()
        quiet = quiet + 1 if idle else 0
        await asyncio.sleep(0.5)


async def figures(reader: Reader) -> dict[str, Any]:
    found = await reader.figures()
    ledger = Ledger(LEDGER)
    checks = judge(found, ledger)
    posts = ledger.slack_messages().values()
    return {
        "runs": asdict(await reader.runs()),
        "stages": asdict(await reader.stages()),
        "figures": asdict(found),
        "checks": [asdict(check) for check in checks],
        # Slack knows no idempotency key: what was posted just before a kill is posted again.
        "slack_repeats": sum(len(posted) - 1 for posted in posts),
    }


asyncio.run(main())

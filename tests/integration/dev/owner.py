"""A process that starts children and then only waits, for tests that kill it."""

import asyncio
import json
import sys
from pathlib import Path
from signal import Signals

from leadstream_dev.home import Home
from leadstream_dev.process import ChildProcess, Command
from leadstream_dev.records import RunRecords
from leadstream_dev.stack import Stack

_SLEEP = ["sleep", "600"]


def start_sleeper(home: Home, death_signal: Signals) -> dict[str, object]:
    command = Command(
        name="sleeper", argv=_SLEEP, log=home.logs / "sleeper.log", death_signal=death_signal
    )
    return {"pids": [ChildProcess.spawn(command, RunRecords(home.run)).pid]}


async def start_stack(home: Home) -> dict[str, object]:
    stack = Stack(home=home, env={}, durable=False)
    await stack.start()
    servers = [server for server in (stack.kafka, stack.postgres) if server]
    return {"pids": [server.pid for server in servers], "environment": stack.environment()}


async def main() -> None:
    what, home = sys.argv[1], Home(Path(sys.argv[2]))
    if what == "stack":
        started = await start_stack(home)
    else:
        started = start_sleeper(home, Signals(int(what)))
    sys.stdout.write(json.dumps(started) + "\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main())

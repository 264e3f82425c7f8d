"""Run the provider sandbox: `python -m leadstream_dev.sandbox --port 0 --ledger ledger.jsonl`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
import orjson
import uvicorn
import uvloop

from leadstream_dev.sandbox.endpoint import Desk
from leadstream_dev.sandbox.protocol import CuttableProtocol
from leadstream_dev.sandbox.server import build
from leadstream_dev.sandbox.world import Settings, World

KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 2


class Server(uvicorn.Server):
    """Says on stdout where it listens, and ends with code 0 on SIGTERM."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = (sockets or [])[0].getsockname()[:2]
        ready = {"port": port, "url": f"http://{host}:{port}"}
        sys.stdout.write(orjson.dumps(ready).decode() + "\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for transport in tuple(self._desk.hanging):
            transport.abort()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would raise the signal again when done, and end with its code.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    def stop_at_end_of_input(self) -> None:
        """Stop once stdin ends, as it does when the process at its other end dies."""
        asyncio.get_running_loop().add_reader(sys.stdin, self._read)

    def _read(self) -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            self.should_exit = True
            asyncio.get_running_loop().remove_reader(sys.stdin)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, help="0 takes a free one.")
@click.option("--ledger", type=click.Path(path_type=Path), required=True)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the data; today if left out."
)
@click.option("--attached", is_flag=True, help="Stop when stdin ends.")
def main(
    *, host: str, port: int, ledger: Path, seed: int, day: datetime | None, attached: bool
) -> None:
    """Speak for the providers, on one port, and note every request in LEDGER."""
    first_day = day.date() if day else None
    world = World(seed, Settings(day=first_day), first_day)
    app = build(world, ledger)
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        # Longer than a client keeps a connection: one that both close at once is a failed call for no reason.
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    listener = socket.create_server((host, port), backlog=2048)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Server(config, app.state.desk), listener, attached=attached))


async def _serve(server: Server, listener: socket.socket, *, attached: bool) -> None:
    if attached:
        server.stop_at_end_of_input()
    await server.serve(sockets=[listener])


if __name__ == "__main__":
    main()

"""Uvicorn as a guest in a running loop: it takes no signals, and says which port it got."""

import asyncio
import contextlib
import math
import socket
from collections.abc import Iterator
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp


class _Guest(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process."""
        yield


class ApiServer:
    """Serves an app on a host and port; port 0 takes a free one."""

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        self._host = host
        self._wanted_port = port
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who is calling decides what is allowed: take it from the socket, never from a header.
            proxy_headers=False,
            timeout_keep_alive=30,
        )
        self._server = _Guest(config)
        self._serving: asyncio.Task[None] | None = None
        self.port = port

    async def start(self) -> int:
        """Listen, and return the port; raise OSError if that cannot be."""
        listener = await self._bind()
        self.port = listener.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve([listener]), name="http-api")
        while not self._server.started:
            if self._serving.done():
                await self._serving
                raise RuntimeError("the HTTP server ended as it started")
            await asyncio.sleep(0.005)
        return self.port

    async def stop(self, *, grace: timedelta = timedelta(seconds=3)) -> None:
        """Accept nothing more, and give running requests the grace to end."""
        if self._serving is None:
            return
        self._server.config.timeout_graceful_shutdown = math.ceil(grace.total_seconds())
        self._server.should_exit = True
        await self._serving
        self._serving = None

    async def _bind(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._host, self._wanted_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, proto, _, address = found[0]
        # Not socket.create_server: it leaves the protocol 0, asyncio then sees no TCP socket, leaves Nagle's
        # algorithm on, and every answer waits 40 ms for the client's delayed ACK.
        listener = socket.socket(family, kind, proto)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(256)
        except OSError:
            listener.close()
            raise
        return listener

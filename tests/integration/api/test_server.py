import asyncio
import os
import signal
import socket
from datetime import timedelta

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from leadstream.api import ApiServer


class SlowApp:
    """Answers once it is released, and knows when it was called."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.released = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called.set()
        await self.released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


async def get(port: int) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(f"http://127.0.0.1:{port}/")


async def test_port_0_takes_a_free_port_and_says_which() -> None:
    app = SlowApp()
    app.released.set()
    server = ApiServer(app, host="127.0.0.1", port=0)

    port = await server.start()

    assert port == server.port > 0
    assert (await get(port)).text == "done"
    await server.stop()


async def test_a_port_in_use_is_an_error_and_not_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = ApiServer(SlowApp(), host="127.0.0.1", port=taken.getsockname()[1])

        with pytest.raises(OSError, match="in use"):
            await server.start()
    await server.stop()


async def test_a_stopping_server_lets_running_requests_end() -> None:
    app = SlowApp()
    server = ApiServer(app, host="127.0.0.1", port=0)
    port = await server.start()
    call = asyncio.create_task(get(port))
    await app.called.wait()

    stopping = asyncio.create_task(server.stop(grace=timedelta(seconds=60)))
    await asyncio.sleep(0.3)
    app.released.set()

    assert (await call).text == "done"
    await stopping
    with pytest.raises(httpx.ConnectError):
        await get(port)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_request_that_does_not_end_is_cut_off_after_the_grace() -> None:
    app = SlowApp()
    server = ApiServer(app, host="127.0.0.1", port=0)
    port = await server.start()
    call = asyncio.create_task(get(port))
    await app.called.wait()

    async with asyncio.timeout(60):
        await server.stop(grace=timedelta(seconds=1))

    with pytest.raises(httpx.HTTPError):
        (await call).raise_for_status()


async def test_signals_stay_with_the_process() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    app = SlowApp()
    app.released.set()
    server = ApiServer(app, host="127.0.0.1", port=0)
    port = await server.start()

    os.kill(os.getpid(), signal.SIGTERM)
    await stopped.wait()

    assert (await get(port)).text == "done"
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    await server.stop()


async def test_answers_do_not_wait_for_a_delayed_ack() -> None:
    """With Nagle's algorithm each answer waits 40 ms for it."""
    app = SlowApp()
    app.released.set()
    server = ApiServer(app, host="127.0.0.1", port=0)
    port = await server.start()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        await client.get(f"http://127.0.0.1:{port}/")
        [connection] = server._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        sent_at_once = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await server.stop()

    assert sent_at_once

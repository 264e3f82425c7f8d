"""A call is made once: whether it is made again is the job's to decide."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from leadstream.http import AmbiguousError, provider_client

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers the first request on a connection, and hangs up at the second."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(2):
            request = await reader.readuntil(b"\r\n\r\n")
            seen.append(request.split(b" ", 1)[0])
            if number == 0:
                writer.write(ANSWER)
                await writer.drain()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/", seen
    listener.close()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_connection_that_is_cut_does_not_repeat_the_request(
    server: tuple[str, list[bytes]], method: str
) -> None:
    url, seen = server
    client = provider_client()

    await client.send(httpx.Request(method, url))
    with pytest.raises(AmbiguousError):
        await client.send(httpx.Request(method, url))
    await client.aclose()

    assert seen == [method.encode()] * 2

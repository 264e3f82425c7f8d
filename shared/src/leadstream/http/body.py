"""Reading answers: never more than we are ready to hold, not even after unpacking."""

import asyncio
from dataclasses import dataclass

import aiohttp
import httpx

from leadstream.http.errors import AmbiguousError
from leadstream.http.unpacking import UnreadableError, check_length, unpacker_of

KIB = 1024


@dataclass(frozen=True, slots=True)
class BodyRule:
    """How much of an answer is read.

    An excerpt is what could be had: too long a body is cut, an unreadable one is left out, because the
    status alone decides. A whole body that is too long or unreadable is an error.
    """

    limit: int
    excerpt: bool = False


# What a transport raises once it has begun; OSError includes TimeoutError.
FAULTS = (httpx.TransportError, aiohttp.ClientError, OSError)

WHOLE = BodyRule(limit=8 * KIB * KIB)
EXCERPT = BodyRule(limit=64 * KIB, excerpt=True)


async def read_answer(response: httpx.Response, rule: BodyRule, until: float) -> httpx.Response:
    """Read a streamed response, until the loop's clock says so, into one held in memory, unpacked."""
    if response.is_stream_consumed:  # httpx.MockTransport hands over what is in memory already
        return response
    content = bytearray()
    try:
        await _read(response, content, rule.limit, until)
    except UnreadableError as exc:
        if not rule.excerpt:
            raise AmbiguousError(str(exc), status_code=response.status_code) from exc
        if response.headers.get("content-encoding"):
            content.clear()
    return _held(response, bytes(content[: rule.limit]))


async def _read(response: httpx.Response, content: bytearray, limit: int, until: float) -> None:
    """Read little more than the limit at most; what came before a cut is in `content`."""
    unpacker = unpacker_of(response.headers.get("content-encoding", ""), limit)
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an async transport's
    try:
        async with asyncio.timeout_at(until):
            # Not `aiter_raw`, which cuts and counts once more what the transport hands over in pieces.
            async for chunk in response.stream:
                content += unpacker.feed(chunk)
                check_length(len(content), limit)
                # What has arrived is handed over without a pause, however long it takes to unpack.
                await asyncio.sleep(0)
    except FAULTS as exc:
        raise UnreadableError("the answer was cut off") from exc
    unpacker.end()


def _held(response: httpx.Response, content: bytes) -> httpx.Response:
    gone = {b"content-encoding", b"content-length", b"transfer-encoding"}
    # As bytes: whatever they are written in, they go from one response to the other.
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in gone]
    return httpx.Response(
        response.status_code, headers=headers, content=content, request=response.request
    )

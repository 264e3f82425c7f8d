"""Reading answers: never more than we are ready to hold, not even after unpacking."""

import asyncio
import zlib
from dataclasses import dataclass

import aiohttp
import httpx

from leadstream.http.errors import AmbiguousError

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


class UnreadableError(Exception):
    """The body does not unpack, or is longer than we read."""


async def read_answer(response: httpx.Response, rule: BodyRule, until: float) -> httpx.Response:
    """Read a streamed response, until the loop's clock says so, into one held in memory, unpacked."""
    if response.is_stream_consumed:  # httpx.MockTransport hands over what is in memory already
        return response
    raw, failure = await _read(response, rule.limit, until)
    try:
        if failure is not None:
            raise UnreadableError("the answer was cut off") from failure
        content = unpack(raw, response.headers.get("content-encoding", ""), rule.limit)
    except UnreadableError as exc:
        if not rule.excerpt:
            raise AmbiguousError(str(exc), status_code=response.status_code) from exc
        content = _readable_part(raw, response)[: rule.limit]
    return _held(response, content)


async def _read(
    response: httpx.Response, limit: int, until: float
) -> tuple[bytes, Exception | None]:
    """Read little more than the limit at most, and keep what came before a cut."""
    raw = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for chunk in response.aiter_raw():
                raw += chunk
                if len(raw) > limit:
                    break
    except FAULTS as exc:
        return bytes(raw), exc
    return bytes(raw), None


def _readable_part(raw: bytes, response: httpx.Response) -> bytes:
    return b"" if response.headers.get("content-encoding") else raw


def unpack(raw: bytes, encoding: str, limit: int) -> bytes:
    """Undo the content encoding, giving up as soon as the result is longer than the limit."""
    match encoding.strip().lower():
        case "" | "identity":
            content = raw
        case "gzip" | "x-gzip":
            content = _inflate(raw, 16 + zlib.MAX_WBITS, limit)
        case "deflate":
            content = _inflate(raw, zlib.MAX_WBITS, limit)
        case _:
            raise UnreadableError("the answer has a content encoding we did not ask for")
    if len(content) > limit:
        raise UnreadableError(f"the answer is longer than {limit} bytes")
    return content


def _inflate(raw: bytes, wbits: int, limit: int) -> bytes:
    content = b""
    # gzip members may follow one another.
    while raw:
        unpacker = zlib.decompressobj(wbits)
        try:
            content += unpacker.decompress(raw, limit + 1 - len(content))
        except zlib.error as exc:
            raise UnreadableError("the answer does not unpack") from exc
        if len(content) > limit:
            return content
        if not unpacker.eof:
            raise UnreadableError("the answer's packed body ends too early")
        raw = unpacker.unused_data
    return content


def _held(response: httpx.Response, content: bytes) -> httpx.Response:
    gone = {b"content-encoding", b"content-length", b"transfer-encoding"}
    # As bytes: whatever they are written in, they go from one response to the other.
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in gone]
    return httpx.Response(
        response.status_code, headers=headers, content=content, request=response.request
    )

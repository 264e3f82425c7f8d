"""Bodies are read whole, within limits, before any of our code sees them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.message import Message as Headers

import orjson
from starlette.types import Message, Receive, Scope

from leadstream.api.errors import ApiError, InvalidError

LARGEST = 1024 * 1024
DEEPEST = 64
READ_TIMEOUT = timedelta(seconds=10)
# A refused body is read to its end, or to here: a client that is cut off while sending never reads why.
DISCARDED = 16 * LARGEST


async def read_body(receive: Receive) -> bytes:
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(READ_TIMEOUT.total_seconds()):
            async for chunk in _chunks(receive):
                size += len(chunk)
                if size > DISCARDED:
                    break
                if size <= LARGEST:
                    body += chunk
    except TimeoutError:
        raise ApiError(408, "timeout", "the body did not arrive in time") from None
    if size > LARGEST:
        raise ApiError(413, "too_large", f"the body is larger than {LARGEST} bytes")
    return bytes(body)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            # Half a body must not pass for a whole one; nobody is there to read the answer.
            raise ApiError(400, "disconnected", "the connection closed before the body was there")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then whatever comes."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def check_json(body: bytes, content_type: str) -> None:
    """Refuse what is not JSON that Postgres can hold."""
    if not _is_json(content_type):
        raise InvalidError("the body must be sent as application/json", field="body")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise InvalidError(f"the body is not JSON: {exc.msg}", field="body") from None
    check_value(value)


def check_value(value: object) -> None:
    """Walk the levels of a value: none too deep, no text with a NUL in it."""
    level = [("", value)]
    for _ in range(DEEPEST):
        for field, item in level:
            if isinstance(item, str) and "\0" in item:
                raise InvalidError("text holds the character U+0000", field=field or "body")
        level = [child for field, item in level for child in _children(field, item)]
        if not level:
            return
    raise InvalidError(f"the body is nested more than {DEEPEST} levels deep", field="body")


def _children(field: str, item: object) -> Iterator[tuple[str, object]]:
    prefix = f"{field}." if field else ""
    match item:
        case dict():
            for name, child in item.items():
                yield (f"{prefix}{name}", child)
                yield (field, name)
        case list():
            for index, child in enumerate(item):
                yield (f"{prefix}{index}", child)


def check_target(scope: Scope) -> None:
    """Refuse a NUL in the path or the query, which Postgres would refuse later and less readably."""
    if "\0" in scope["path"]:
        raise InvalidError("the path holds the character U+0000", field="path")
    if b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        raise InvalidError("the query holds the character U+0000", field="query")


def _is_json(content_type: str) -> bool:
    headers = Headers()
    headers["content-type"] = content_type
    kind = headers.get_content_type()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )

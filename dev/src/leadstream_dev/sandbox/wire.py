"""Reads a call off the wire, and answers it, or not."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from leadstream_dev.sandbox.behaviour import Action
from leadstream_dev.sandbox.exchange import Answer, Call
from leadstream_dev.sandbox.protocol import transport_of


async def receive_call(request: Request) -> Call:
    received = datetime.now(UTC)
    return Call(
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        headers={name.lower(): value for name, value in request.headers.items()},
        raw=await request.body(),
        params=request.path_params,
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        received=received,
    )


async def send_answer(
    scope: Scope, receive: Receive, send: Send, answer: Answer | None, action: Action
) -> None:
    if answer is None or action is Action.LOSE:
        transport_of(scope).close()
        await until_disconnect(receive)
        return
    headers = {**answer.headers, "content-length": str(len(answer.content))}
    if answer.status in (204, 304):
        del headers["content-length"]
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    if action is not Action.HALF:
        await send({"type": "http.response.body", "body": answer.content})
        return
    half = answer.content[: len(answer.content) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    transport_of(scope).close()
    await until_disconnect(receive)


async def send_written(scope: Scope, receive: Receive, answer: bytes) -> None:
    """Send these very bytes, then close the connection."""
    transport = transport_of(scope)
    transport.write(answer)
    transport.close()
    await until_disconnect(receive)


async def until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

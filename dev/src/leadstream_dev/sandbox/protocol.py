"""An HTTP protocol whose connections the application may cut."""

from asyncio import Transport
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "leadstream.transport"


class CuttableProtocol(H11Protocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = self.transport
            await app(scope, receive, send)

        self.app = with_transport


def transport_of(scope: Scope) -> Transport:
    transport: Transport = scope[TRANSPORT]
    return transport

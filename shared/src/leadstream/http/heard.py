"""How far an exchange has come: that it has a connection, and the status of its answer, whatever comes after that.

A parser that gives up on a header takes the status with it: a receiver that has accepted would be called again for the
byte of a name. So the first bytes of each answer are noted beside the parser.
"""

import functools
import re
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.streams import StreamReader
from multidict import CIMultiDict, CIMultiDictProxy

# Enough for what may come before the last status line: interim answers, with hints among their headers.
_NOTED: Final = 4_096
# As much as a head may be, and how many times its content an answer may be after that.
_PATIENCE: Final = 512 * 1024
_PACKAGING: Final = 4
_STATUS: Final = re.compile(rb"(?:\A|\n)HTTP/\d(?:\.\d)?[ \t]+([2-9]\d\d)(?=\s|\Z)", re.IGNORECASE)


class Progress:
    """How far the request of the current task has come."""

    def __init__(self) -> None:
        self.has_connection = False


progress: ContextVar[Progress | None] = ContextVar("leadstream_http_progress", default=None)


class HeardResponse(aiohttp.ClientResponse):
    """With its status wherever one came; the body of what could not be parsed further is one that was cut off.

    The reason phrase is left out: nobody needs it, and it may be in any encoding.
    """

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        protocol = connection.protocol
        try:
            await super().start(connection)
        except aiohttp.ClientResponseError as exc:
            status = protocol.heard_status() if isinstance(protocol, HeardProtocol) else None
            if status is None:
                raise
            self._take(status, protocol, exc)
        self.reason = None
        return self

    def _take(self, status: int, protocol: "HeardProtocol", exc: Exception) -> None:
        self.status = status
        self._headers = CIMultiDictProxy(CIMultiDict())
        self._raw_headers = ()
        self.content = StreamReader(protocol, 1, loop=self._loop)
        self.content.set_exception(aiohttp.ClientPayloadError("malformed"), exc)


class HeardProtocol(ResponseHandler):
    """Notes the beginning of each answer on a connection, and gives up on one that is mostly packaging.

    A body in chunks of a byte, or interim answers without end, are work without an answer in it.
    """

    _noted = b""
    _received = 0

    def set_response_params(self, **how: Any) -> None:
        """A request has this connection now, and goes out next: aiohttp's tracing says so at ten times the cost."""
        current = progress.get()
        if current is not None:
            current.has_connection = True
        self._noted, self._received = b"", 0
        super().set_response_params(**how)

    def data_received(self, data: bytes) -> None:
        if len(self._noted) < _NOTED:
            self._noted += data[: _NOTED - len(self._noted)]
        super().data_received(data)
        self._received += len(data)
        if self._received > _PATIENCE and self._content_length() < self._received // _PACKAGING:
            self._give_up()

    def _content_length(self) -> int:
        return self._payload.total_bytes if self._payload is not None else 0

    def _give_up(self) -> None:
        exc = aiohttp.ClientPayloadError("more packaging than answer")
        if self._payload is not None:
            self._payload.set_exception(exc)
        self.set_exception(exc)
        # Not `close`, which would forget the fault.
        if self.transport is not None:
            self.transport.close()

    def heard_status(self) -> int | None:
        found = _STATUS.search(self._noted)
        return int(found[1]) if found else None


def listening(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """The connector, with this protocol on its connections; aiohttp has no option for it."""
    made = functools.partial(HeardProtocol, loop=connector._loop)  # noqa: SLF001
    connector._factory = made  # type: ignore[assignment]  # noqa: SLF001 - partial is invariant
    return connector

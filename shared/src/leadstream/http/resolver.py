import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Found = list[tuple[Any, ...]]


class ThreadResolver(AbstractResolver):
    """The system's resolver, each look-up on a thread of its own, so many at a time.

    Not the loop's executor: it has a handful of threads, so that one customer's slow name server would hold
    up the look-ups of all providers, and it is waited for at exit, for as long as a name server hangs.
    """

    def __init__(self, at_once: int = 16) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Found] = loop.create_future()

        def settle(outcome: Found | OSError) -> None:
            self._free.release()
            if answer.done():  # nobody waits any more
                return
            if isinstance(outcome, OSError):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)

        def look_up() -> None:
            outcome = _look_up(host, port, family)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, outcome)

        threading.Thread(target=look_up, name="dns", daemon=True).start()
        return [_result(host, port, found) for found in await answer]

    async def close(self) -> None:
        """Nothing to close: threads end with their look-up."""


def _look_up(host: str, port: int, family: socket.AddressFamily) -> Found | OSError:
    try:
        return list(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
    except UnicodeError:  # a label that is too long, say
        return socket.gaierror(socket.EAI_NONAME, "not a host name")
    except OSError as exc:
        return exc


def _result(host: str, port: int, found: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, address = found
    return ResolveResult(
        hostname=host,
        host=str(address[0]),
        port=port,
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST,
    )

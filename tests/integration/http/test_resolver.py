import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from leadstream.http.resolver import ThreadResolver
from support.ledger import until


class HangingNameServer:
    """Look-ups of `hangs.example` wait until it is released; it knows how many wait."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.waiting = 0

    def look_up(self, host: str, port: int, *args: int) -> list[tuple[Any, ...]]:
        if host == "hangs.example":
            self.waiting += 1
            self.released.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingNameServer]:
    name_server = HangingNameServer()
    monkeypatch.setattr("leadstream.http.resolver.socket.getaddrinfo", name_server.look_up)
    yield name_server
    name_server.released.set()


async def test_addresses_are_the_systems() -> None:
    found = await ThreadResolver().resolve("localhost", 80)

    assert {answer["host"] for answer in found} <= {"127.0.0.1", "::1"}
    assert {answer["port"] for answer in found} == {80}


@pytest.mark.parametrize("host", ["nobody.invalid", "a" * 64 + ".example", ""])
async def test_a_name_without_an_address_is_an_os_error(host: str) -> None:
    with pytest.raises(OSError, match=r".*"):
        await ThreadResolver().resolve(host or "\0", 80)


async def test_a_look_up_that_hangs_leaves_the_others_alone(name_server: HangingNameServer) -> None:
    resolver = ThreadResolver(at_once=2)
    stuck = asyncio.create_task(resolver.resolve("hangs.example"))

    for _ in range(10):
        [answer] = await resolver.resolve("quick.example")
        assert answer["host"] == "192.0.2.1"

    name_server.released.set()
    await stuck


async def test_no_more_look_ups_hang_than_were_allowed(name_server: HangingNameServer) -> None:
    resolver = ThreadResolver(at_once=2)
    stuck = [asyncio.create_task(resolver.resolve("hangs.example")) for _ in range(5)]
    await until(lambda: name_server.waiting == 2)

    # Giving up waiting ends no thread, so it must not make room for another one.
    for task in stuck[:2]:
        task.cancel()
    await asyncio.sleep(0.1)
    assert name_server.waiting == 2

    name_server.released.set()
    await asyncio.gather(*stuck[2:])
    assert name_server.waiting == 5


def test_a_look_up_that_hangs_does_not_hold_up_the_exit() -> None:
    program = """
import asyncio, socket, time
from leadstream.http.resolver import ThreadResolver
socket.getaddrinfo = lambda *args: time.sleep(600)
async def main():
    task = asyncio.create_task(ThreadResolver().resolve("hangs.example"))
    await asyncio.sleep(0.1)
    task.cancel()
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)  # noqa: S603 - our own text

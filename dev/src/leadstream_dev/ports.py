"""Ports for servers that must be able to come back on the same one."""

import asyncio
import json
import os
import random
import socket
from pathlib import Path

_LOWEST = 15000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_handed_out: set[int] = set()
# A port is drawn a while before it is taken. Nobody's seed, and processes that were started one after the other draw
# from different ports, so that they do not take them from each other meanwhile.
_dice = random.SystemRandom()
_SHARES = 16


def choose_port(*preferred: int) -> int:
    """Return the first preferred port that is free, else any free one."""
    for port in preferred:
        if port and is_free(port):
            return port
    return _any_free_port()


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def is_open(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def _any_free_port() -> int:
    # Not bind(0): its answers are ephemeral ports, and while a server is down for a restart a client that keeps calling
    # may be given the server's own port as its source, connect to itself and keep the server out.
    highest = _first_ephemeral_port()
    for _ in range(1000):
        port = _dice.randrange(_LOWEST + os.getpid() % _SHARES, highest, _SHARES)
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError("no free port")


def _first_ephemeral_port() -> int:
    try:
        first = int(_EPHEMERAL.read_text(encoding="ascii").split()[0])
    except OSError:
        return 32768
    return first if first > _LOWEST + 1000 else 65536


def recall_ports(folder: Path) -> dict[str, int]:
    """Return the ports that were used here last, by server."""
    try:
        return {str(k): int(v) for k, v in json.loads(_memory(folder).read_text("utf-8")).items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return {}


def remember_ports(folder: Path, ports: dict[str, int]) -> None:
    """Keep them, so that settings copied from one run are right in the next."""
    _memory(folder).write_text(json.dumps(recall_ports(folder) | ports) + "\n", encoding="utf-8")


def _memory(folder: Path) -> Path:
    return folder / "ports.json"

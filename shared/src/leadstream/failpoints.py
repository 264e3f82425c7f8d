"""Places where a test can kill the process, to prove that dying there loses and doubles nothing.

`LEADSTREAM_FAILPOINTS="settled:3"` kills the process (SIGKILL, no clean-up of any kind) the third time it passes
`settled`. Unset, as in production, a fail-point is one dictionary look-up.
"""

import asyncio
import os
import signal
from typing import Literal

Failpoint = Literal[
    "intake_committed",  # jobs are durable, the offset is not committed
    "offset_committed",
    "claimed",  # the lease is durable, nothing was called
    "call_sent",  # the provider has the request, its answer has not come
    "answer_received",  # the answer is in memory only
    "settled",  # job, rows and outbox are durable, nothing is published
    "broker_acked",  # published, the outbox row still there
    "outbox_deleted",
]


def _armed() -> dict[str, int]:
    spec = os.environ.get("LEADSTREAM_FAILPOINTS", "")
    pairs = (entry.partition(":") for entry in spec.split(",") if entry)
    return {name: int(count or 1) for name, _, count in pairs}


_countdown = _armed()


def failpoint(name: Failpoint) -> None:
    """Die here if this is the pass that was asked for."""
    if name not in _countdown:
        return
    _countdown[name] -= 1
    if _countdown[name] == 0:
        _die()


def failpoint_later(name: Failpoint, delay: float) -> None:
    """Die `delay` seconds from now: in the middle of what the caller is about to wait for."""
    if name not in _countdown:
        return
    _countdown[name] -= 1
    if _countdown[name] == 0:
        asyncio.get_running_loop().call_later(delay, _die)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

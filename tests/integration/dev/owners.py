"""Starts `owner.py`, for tests that kill it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from leadstream_dev.home import Home

_OWNER = Path(__file__).with_name("owner.py")


@dataclass(frozen=True)
class Owner:
    process: "subprocess.Popen[str]"
    pids: list[int]
    environment: dict[str, str] = field(default_factory=dict)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def left_nothing(self) -> bool:
        return not any(psutil.pid_exists(pid) for pid in self.pids)


@contextmanager
def an_owner(what: str, home: Home) -> Iterator[Owner]:
    """Yield an owner whose children run."""
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, str(_OWNER), what, str(home.path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Owner(process, **json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

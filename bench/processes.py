"""Processes that are measured: what they burn, read from outside."""

import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from leadstream_dev.home import Home
from leadstream_dev.process import ChildProcess, Command
from leadstream_dev.records import RunRecords

STOP_SECONDS = 15
# Half a core that others use moves a median two- to threefold.
QUIET_CORES = 0.1
MIB = 2**20
_ROOT = Path(__file__).parents[1]


def cpu_seconds(pid: int) -> float:
    """What a process and its descendants have used so far, kernel time included, those that ended too."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process: in memory, and of these its share, where pages that others have too count in parts."""

    resident: int
    share: int


def memory(pid: int) -> Memory:
    found = psutil.Process(pid).memory_full_info()
    return Memory(found.rss, found.pss)


def resident(pid: int) -> int:
    """Bytes that a process and its descendants have in memory."""
    process = psutil.Process(pid)
    found: int = sum(
        each.memory_info().rss for each in (process, *process.children(recursive=True))
    )
    return found


def machine_seconds() -> float:
    """What everything on this machine has used so far, on all cores."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait


def foreign_seconds() -> float:
    """What is nothing of ours has used so far: neither this process nor any that it has started."""
    return machine_seconds() - cpu_seconds(os.getpid())


class Company:
    """What else this machine does from now on."""

    def __init__(self) -> None:
        self._began, self._used = time.monotonic(), foreign_seconds()

    def cores(self) -> float:
        """Return how many cores that has taken since."""
        return max(0.0, foreign_seconds() - self._used) / (time.monotonic() - self._began)


def warn_of_company(console: Console, cores: Iterable[float]) -> None:
    """Say so if the figures are those of a machine that had other things to do."""
    most = max(cores, default=0.0)
    if most > QUIET_CORES:
        console.print(f"in company: others used up to {most:.2f} cores; read no times from this")


@asynccontextmanager
async def running(
    module: str, *arguments: str, environment: Mapping[str, str], log: Path, home: Home
) -> AsyncIterator[ChildProcess]:
    """A Python module as a process of its own, that ends with the block and does not outlive us."""
    command = Command(
        name=module.rpartition(".")[2],
        argv=[sys.executable, "-m", module, *arguments],
        log=log,
        env={**os.environ, **environment},
        cwd=_ROOT,
    )
    process = ChildProcess.spawn(command, RunRecords(home.run))
    try:
        yield process
    finally:
        await process.stop(grace=STOP_SECONDS)

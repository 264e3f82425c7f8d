"""Processes that are measured: what they burn, read from outside."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from leadstream_dev.home import Home
from leadstream_dev.process import ChildProcess, Command
from leadstream_dev.records import RunRecords

STOP_SECONDS = 15
_ROOT = Path(__file__).parents[1]


def cpu_seconds(pid: int) -> float:
    """What a process and its children have used so far, kernel time included, those that ended too."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
        ended = process.cpu_times()
        total += ended.children_user + ended.children_system
    return total


def machine_seconds() -> float:
    """What everything on this machine has used so far, on all cores."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait


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

"""A child process that outlives neither its owner nor the owner's memory of it."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

from leadstream_dev.errors import StackError
from leadstream_dev.identity import ProcessId, kill_tree
from leadstream_dev.records import RunRecord, RunRecords
from leadstream_dev.waiting import until

_LAUNCH = Path(__file__).with_name("launch.py")
_POLL = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    argv: Sequence[str]
    # Standard output and error are appended here.
    log: Path
    # Instead of this process's own environment.
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: str | None = None
    # By how much others go before it where there is too little of a processor, as `nice` has it.
    niceness: int = 0
    # Sent by the kernel when the owner dies without stopping it, and by the next start where there is no such kernel.
    death_signal: Signals = SIGKILL
    ports: list[int] = field(default_factory=list)
    data_dir: Path | None = None
    scratch: bool = False


class ChildProcess:
    """Started by `spawn`; every way to end it waits until it has ended."""

    def __init__(
        self, command: Command, popen: "subprocess.Popen[bytes]", records: RunRecords
    ) -> None:
        self.command = command
        self.pid = popen.pid
        self._popen = popen
        self._records = records
        self._log_start = 0
        self._record: RunRecord | None = None

    @classmethod
    def spawn(cls, command: Command, records: RunRecords) -> "ChildProcess":
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as log:
            start = log.tell()
            popen = subprocess.Popen(  # noqa: S603 - a list of arguments of our own
                [*_launcher(command), *command.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=command.env,
                cwd=command.cwd,
                # Ctrl-C is for the owner, which then stops its children in order.
                start_new_session=True,
            )
        child = cls(command, popen, records)
        child._log_start = start
        child._write_record()
        return child

    @property
    def running(self) -> bool:
        return self.returncode is None

    @property
    def returncode(self) -> int | None:
        code = self._popen.poll()
        if code is not None and self._record is not None:
            self._records.remove(self._record)
            self._record = None
        return code

    def send(self, signal: Signals) -> None:
        self._popen.send_signal(signal)

    async def wait(self, *, within: float) -> int:
        """Return the exit code; raise TimeoutError if it is still running after `within` seconds."""
        await until(lambda: not self.running, within=within)
        code = self.returncode
        if code is None:
            raise TimeoutError(f"{self.command.name} is still running after {within:g} s")
        return code

    async def stop(self, signal: Signals = SIGTERM, *, grace: float = 10.0) -> int:
        """Ask it to end, and make it end after `grace` seconds; return the exit code."""
        self.send(signal)
        try:
            return await self.wait(within=grace)
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """SIGKILL it and its descendants, as a power cut would."""
        if self.running:
            kill_tree(self.pid)
        return await self.wait(within=10)

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines that this process, not an earlier one, has written to the log."""
        with self.command.log.open("rb") as log:
            log.seek(self._log_start)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def failure(self, what: str) -> StackError:
        tail = self.log_tail()
        where = f"{self.command.name} {what} (log: {self.command.log})"
        return StackError(f"{where}\n{tail}" if tail else where)

    def _write_record(self) -> None:
        process = ProcessId.of(self.pid)
        if process is None:
            return  # it has already ended, which whoever waits for it will see
        data_dir = self.command.data_dir
        self._record = RunRecord(
            name=self.command.name,
            process=process,
            owner=ProcessId.mine(),
            ports=self.command.ports,
            data_dir=None if data_dir is None else str(data_dir),
            scratch=self.command.scratch,
            death_signal=self.command.death_signal,
        )
        self._records.write(self._record)


async def run(command: Command, records: RunRecords, *, within: float) -> None:
    """Run a command to its end; raise StackError if it fails or takes longer than `within` seconds."""
    child = ChildProcess.spawn(command, records)
    try:
        code = await child.wait(within=within)
    except TimeoutError:
        raise child.failure(f"has not finished in {within:g} s") from None
    finally:
        await child.kill()
    if code != 0:
        raise child.failure(f"failed with exit code {code}")


async def until_ready(
    child: ChildProcess, probe: Callable[[], Awaitable[bool]], *, within: float
) -> None:
    """Wait until the probe says yes; raise StackError if the process ends or `within` seconds pass first."""
    deadline = time.monotonic() + within
    while child.running:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise child.failure(f"is not ready after {within:g} s")
        if await _answers(probe, remaining):
            return
        await asyncio.sleep(_POLL)
    raise child.failure(f"ended with exit code {child.returncode} before it was ready")


async def _answers(probe: Callable[[], Awaitable[bool]], within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await probe()
    except TimeoutError:
        return False


def _launcher(command: Command) -> list[str]:
    user = ["--user", command.user] if command.user else []
    return [
        *(sys.executable, "-I", "-S", str(_LAUNCH)),
        *("--parent", str(os.getpid()), "--signal", str(_death_signal(command))),
        *("--nice", str(command.niceness), *user, "--"),
    ]


def _death_signal(command: Command) -> int:
    # The kernel sends it when the thread that forked ends. Only the main thread is sure to last as long as the process;
    # a child started from another one is found by the next start.
    return command.death_signal if threading.current_thread() is threading.main_thread() else 0

"""Telling a process from another one that later got the same pid."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class ProcessId:
    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "ProcessId | None":
        """Identify a running process, or return None if there is none (a zombie has ended)."""
        started = _started(pid)
        return None if started is None else cls(pid, started)

    @classmethod
    def mine(cls) -> "ProcessId":
        own = cls.of(os.getpid())
        if own is None:
            raise RuntimeError("this process is not in the process table")
        return own

    def is_alive(self) -> bool:
        return ProcessId.of(self.pid) == self


def _started(pid: int) -> str | None:
    return _linux_started(pid) if sys.platform == "linux" else _other_started(pid)


def _linux_started(pid: int) -> str | None:
    # Ticks since boot do not move when someone sets the clock, as a calculated wall time does.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command name before the last bracket may hold spaces and brackets itself.
    state, *fields = stat.rpartition(")")[2].split()
    if state in "ZX":
        return None
    return f"{_boot_id()}:{fields[18]}"


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _other_started(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.NoSuchProcess:
        return None


def kill_tree(pid: int) -> None:
    """SIGKILL a process and all that descend from it."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue

"""A lock between processes; the kernel releases it when its holder dies."""

import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from leadstream_dev.waiting import until


class FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@asynccontextmanager
async def locked(path: Path, *, within: float) -> AsyncIterator[None]:
    """Hold the lock; raise TimeoutError if another process keeps it for `within` seconds."""
    lock = FileLock(path)
    if not await until(lock.acquire, within=within):
        raise TimeoutError(f"another process holds {path}")
    try:
        yield
    finally:
        lock.release()

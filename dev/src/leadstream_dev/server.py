"""What Kafka and Postgres have in common here: one process on one data folder."""

import asyncio
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals
from typing import ClassVar, Self

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.process import ChildProcess, Command, until_ready
from leadstream_dev.records import RunRecords


class Server(ABC):
    """A server that keeps its port and its data through `stop`, `kill` and `start`."""

    name: ClassVar[str]
    stop_signal: ClassVar[Signals]

    def __init__(
        self, *, data_dir: Path, log: Path | None, home: Home | None, scratch: bool
    ) -> None:
        """Set the server up.

        With `scratch` the data folder is temporary: it goes at the end of `async with` or when its owner dies.
        """
        self.data_dir = data_dir.resolve()
        self.log = log or self.data_dir / f"{self.name}.log"
        self._home = home or Home.default()
        self._records = RunRecords(self._home.run)
        self._scratch = scratch
        self._process: ChildProcess | None = None

    @property
    @abstractmethod
    def port(self) -> int: ...

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int:
        return self._started_process().pid

    async def start(self, *, within: float = 60.0) -> None:
        """Return when the server does its work; raise StackError if it does not in time."""
        if self.running:
            return
        await self._records.recover()
        self._refuse_shared_data()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._process = ChildProcess.spawn(await self._prepare(), self._records)
        try:
            await until_ready(self._process, self._is_ready, within=within)
            await self._complete()
        except BaseException:
            await self._process.kill()
            raise

    async def stop(self, *, grace: float = 15.0) -> None:
        """Shut down in order, or by force after `grace` seconds."""
        if self._process is not None:
            await self._process.stop(self.stop_signal, grace=grace)

    async def kill(self) -> None:
        """`kill -9` the server and its children: nothing is flushed, nobody is told."""
        await self._started_process().kill()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def remove(self) -> None:
        """End the server at once and delete its data."""
        if self.running:
            await self.kill()
        await asyncio.to_thread(self._delete_data)

    def log_tail(self) -> str:
        """Return the last lines of the server's log, to go with a failure."""
        return self._process.log_tail() if self._process else ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await (self.remove() if self._scratch else self.stop())

    @abstractmethod
    async def _prepare(self) -> Command:
        """Do what must be done before the server can start, and return the command that starts it."""

    @abstractmethod
    async def _is_ready(self) -> bool: ...

    async def _complete(self) -> None:
        """Do what needs a running server, before anyone is told that it runs."""
        return

    def _delete_data(self) -> None:
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def _started_process(self) -> ChildProcess:
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return self._process

    def _refuse_shared_data(self) -> None:
        other = self._records.owner_of(self.data_dir)
        if other is not None:
            raise StackError(
                f"{self.data_dir} is in use by {self.name}, process {other.process.pid},"
                f" which process {other.owner.pid} started: stop that one first"
            )

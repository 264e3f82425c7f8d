"""What `up` runs: the stack and the provider sandbox, watched."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.ports import choose_port, is_open, recall_ports, remember_ports
from leadstream_dev.process import ChildProcess, Command, until_ready
from leadstream_dev.records import RunRecords
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.stack import Stack
from leadstream_dev.waiting import until


class Foreground:
    def __init__(self, stack: Stack, *, sandbox: bool) -> None:
        self._stack = stack
        self._sandbox = _SandboxProcess(stack.home) if sandbox else None
        self._exit = AsyncExitStack()

    @property
    def logs(self) -> Path:
        return self._stack.home.logs

    def environment(self) -> dict[str, str]:
        providers = self._sandbox.environment() if self._sandbox else {}
        return self._stack.environment() | providers

    async def watch(self) -> None:
        """Return never; raise StackError when one of the servers ends."""
        await until(lambda: self._ended() is not None, within=float("inf"))
        raise StackError(f"{self._ended()} has ended by itself; see {self.logs}")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as starting:
            await starting.enter_async_context(self._stack)
            if self._sandbox:
                await starting.enter_async_context(self._sandbox)
            self._exit = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    def _ended(self) -> str | None:
        for server in (self._stack.kafka, self._stack.postgres, self._sandbox):
            if server is not None and not server.running:
                return server.name
        return None


class _SandboxProcess:
    name = "sandbox"

    def __init__(self, home: Home) -> None:
        self._home = home
        self._port = choose_port(recall_ports(home.path).get(self.name, 0), 8010)
        self._ledger = home.sandbox / "ledger.jsonl"
        self._process: ChildProcess | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    def environment(self) -> dict[str, str]:
        sandbox = Sandbox(self._ledger, port=self._port)
        sandbox.url = f"http://127.0.0.1:{self._port}"
        return sandbox.env()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._ledger.parent.mkdir, parents=True, exist_ok=True)
        options = ["--port", str(self._port), "--ledger", str(self._ledger)]
        command = Command(
            name=self.name,
            argv=[sys.executable, "-m", "leadstream_dev.sandbox", *options],
            log=self._home.logs / "sandbox.log",
            ports=[self._port],
        )
        self._process = ChildProcess.spawn(command, RunRecords(self._home.run))
        try:
            await until_ready(self._process, self._accepts, within=30)
        except BaseException:
            await self._process.kill()
            raise
        remember_ports(self._home.path, {self.name: self._port})
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self._process.stop()

    async def _accepts(self) -> bool:
        return await is_open("127.0.0.1", self._port)

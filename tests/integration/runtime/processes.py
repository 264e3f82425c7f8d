"""`python -m scheduler …`, or another service, as an orchestrator runs it."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import orjson

from support.ledger import until

# Of what the relay has sent; the series itself is there from the start.
PUBLISHED = r'leadstream_events_published_total\{topic="scheduler\.tick"\} [1-9]'


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    process: asyncio.subprocess.Process
    stdout: Path
    stderr: Path

    def events(self) -> list[dict[str, Any]]:
        """The log so far."""
        # Its last line may not be written to its end.
        whole, _, _ = self.stdout.read_bytes().rpartition(b"\n")
        return [orjson.loads(line) for line in whole.splitlines() if line.startswith(b"{")]

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events() if each["event"] == event]

    def errors(self) -> str:
        return self.stderr.read_text()

    async def client(self) -> httpx.AsyncClient:
        """Once it listens."""
        await until(lambda: self.logged("http.listening"))
        [listening] = self.logged("http.listening")
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{listening['port']}", trust_env=False, timeout=60
        )

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self, *, within: float) -> int:
        async with asyncio.timeout(within):
            return await self.process.wait()


def settings(url: str, kafka: str, **changes: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "HTTP_PORT": "0",
        "STARTUP_TIMEOUT": "100",
        **changes,
    }


@asynccontextmanager
async def running(
    command: str, given: Mapping[str, str], *, package: str = "scheduler"
) -> AsyncIterator[ServiceProcess]:
    """The service's process in an empty folder, with only these settings; it does not outlive the block."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as files:
        out, err = Path(folder, "stdout"), Path(folder, "stderr")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            package,
            command,
            env={"PATH": os.environ["PATH"], **given},
            cwd=folder,
            stdout=_writable(out, files),
            stderr=_writable(err, files),
        )
        try:
            yield ServiceProcess(process, out, err)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _writable(path: Path, files: ExitStack) -> IO[bytes]:
    return files.enter_context(path.open("wb"))

"""One process of a service."""

import logging
import os
import sys
import time
from collections.abc import Mapping
from signal import SIGTERM

import httpx

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.process import ChildProcess, Command, run, until_ready
from leadstream_dev.records import RunRecords
from leadstream_dev.services.spec import ServiceSpec

log = logging.getLogger(__name__)
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0


class Replica:
    """It keeps its port through `stop`, `kill` and `start`."""

    def __init__(
        self,
        spec: ServiceSpec,
        *,
        env: Mapping[str, str],
        port: int,
        number: int = 1,
        home: Home | None = None,
        niceness: int = 0,
    ) -> None:
        """Set the replica up; `env` goes on top of this process's own environment."""
        self.spec = spec
        self.port = port
        self.name = f"{spec.name}-{number}"
        home = home or Home.default()
        self.log = home.logs / f"{self.name}.log"
        # Not the work tree: a developer's own .env there is for services started by hand.
        self._folder = home.path
        self._records = RunRecords(home.run)
        self._niceness = niceness
        self._env = {**os.environ, **env, "HTTP_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        self._process: ChildProcess | None = None
        # Whether someone started it and nobody stopped it since: it should be running.
        self._wanted = False
        self._wait = _FIRST_WAIT
        self._not_before = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def returncode(self) -> int | None:
        return self._started().returncode

    async def migrate(self, *, within: float = 60.0) -> None:
        """Run `migrate` to its end; raise StackError with its last lines if it fails."""
        await run(self._command("migrate"), self._records, within=within)

    def start(self) -> None:
        """Start the worker and return at once."""
        self._wanted = True
        if not self.running:
            self._process = ChildProcess.spawn(self._command("worker"), self._records)

    async def wait_ready(self, *, within: float = 30.0) -> None:
        """Wait for 200 from `/readyz`; raise StackError if the worker ends first or takes too long."""
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            await until_ready(self._started(), lambda: self._is_ready(client), within=within)

    async def stop(self, *, grace: float = 15.0) -> int:
        """SIGTERM, and SIGKILL after `grace` seconds; return the exit code."""
        self._wanted = False
        return await self._started().stop(SIGTERM, grace=grace)

    async def kill(self) -> None:
        """`kill -9`."""
        await self._started().kill()

    async def exited(self, *, within: float) -> int:
        """Wait until the worker ends by itself and return its exit code; raise TimeoutError if it does not."""
        return await self._started().wait(within=within)

    async def restart(self) -> None:
        """Stop it if it runs, start it and wait until it is ready."""
        if self.running:
            await self.stop()
        self.start()
        await self.wait_ready()

    def revive(self) -> None:
        """Start the worker again if it ended by itself, but no sooner than its back-off allows."""
        now = time.monotonic()
        if not self._wanted or self.running or now < self._not_before:
            return
        log.warning("service.restarted", extra={"service": self.name, "code": self.returncode})
        # One that has lasted for a while starts from the shortest wait again.
        lasted = now - self._not_before > 3 * _LONGEST_WAIT
        self._wait = _FIRST_WAIT if lasted else min(2 * self._wait, _LONGEST_WAIT)
        self._not_before = now + self._wait
        self.start()

    def log_tail(self, lines: int = 20) -> str:
        return self._process.log_tail(lines) if self._process else ""

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/readyz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _command(self, command: str) -> Command:
        return Command(
            name=self.name,
            argv=[sys.executable, "-m", self.spec.package, command],
            log=self.log,
            env=self._env,
            cwd=self._folder,
            niceness=self._niceness,
            ports=[self.port],
        )

    def _started(self) -> ChildProcess:
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return self._process

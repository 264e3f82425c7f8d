"""Runs the sandbox as a child process, for tests, the demo and benchmarks."""

import asyncio
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import orjson

from leadstream_dev.sandbox.control import Control
from leadstream_dev.sandbox.ledger import Ledger

# It ends in a fraction of one, unless the machine has other things to do.
STOP_SECONDS = 30.0


class SandboxError(Exception):
    """The process ended before it was ready; its stderr is where the caller's goes."""


class Sandbox:
    """One sandbox process. Started again, it goes on with the same ledger and port."""

    def __init__(
        self, ledger: Path, *, seed: int = 1, day: date | None = None, port: int = 0
    ) -> None:
        self.ledger = Ledger(ledger)
        self.url = ""
        self._seed = seed
        self._day = day
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Control | None = None

    @property
    def control(self) -> Control:
        if self._control is None:
            self._control = Control(self.url)
        return self._control

    @property
    def port(self) -> int:
        return self._port

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers."""
        process = subprocess.Popen(self._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own arguments
        stdout = process.stdout
        first = stdout.readline() if stdout else b""
        if not first:
            process.wait()
            raise SandboxError(f"the sandbox ended with code {process.returncode}")
        ready = orjson.loads(first)
        self._process, self.url, self._port = process, ready["url"], ready["port"]

    def stop(self) -> int:
        """End it and return its exit code; SIGKILL if it doesn't end by itself."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.terminate()
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        return code

    async def restart(self) -> None:
        """Stop it and start it again, as between two runs of a demo."""
        await asyncio.to_thread(self.stop)
        await asyncio.to_thread(self.start)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close_control()
        await asyncio.to_thread(self.stop)

    async def close_control(self) -> None:
        """Close the client; the next use makes a new one, on the loop of that time."""
        control, self._control = self._control, None
        if control is not None:
            await control.close()

    def env(self) -> dict[str, str]:
        """The settings a service needs to talk to this sandbox."""
        return {
            "DATASHOPPER_API_URL": f"{self.url}/datashopper/v1",
            "DATASHOPPER_API_KEY": "sandbox-datashopper",
            "G2_API_URL": f"{self.url}/g2/api",
            "PEOPLE_DATA_LABS_API_URL": self.people_data_labs_url,
            "PEOPLE_DATA_LABS_SANDBOX_URL": self.people_data_labs_sandbox_url,
            "HUNTER_API_URL": self.hunter_url,
            "CLAY_API_URL": f"{self.url}/clay/v1",
            "CLAY_API_KEY": "sandbox-clay",
            "CLAY_PUBLIC_V0_API_URL": f"{self.url}/clay/public/v0",
            "RESEND_API_URL": f"{self.url}/resend",
            "RESEND_API_KEY": "re_sandbox",
            "RESEND_FROM": "Leadstream <alerts@leadstream.example>",
            "HUBSPOT_API_URL": f"{self.url}/hubspot",
            "WEALTHBOX_API_URL": f"{self.url}/wealthbox/v1",
            "EGRESS_ALLOW": "127.0.0.0/8",
            "TRUSTED_HOSTS": f"127.0.0.1,{self.host}",
        }

    @property
    def people_data_labs_url(self) -> str:
        return f"{self.url}/people_data_labs/v5"

    @property
    def people_data_labs_sandbox_url(self) -> str:
        """Their own sandbox, at a host of its own."""
        return f"{self.url}/people_data_labs/sandbox/v5"

    @property
    def hunter_url(self) -> str:
        return f"{self.url}/hunter/v2"

    def slack_url(self, hook: str = "T000/B000/XXXX") -> str:
        """The address of an incoming webhook."""
        return f"{self.url}/slack/services/{hook}"

    def hook_url(self, name: str) -> str:
        """The address of a webhook receiver."""
        return f"{self.url}/hooks/{name}"

    @property
    def marketo_url(self) -> str:
        """What a Marketo connection takes for its munchkin."""
        return f"{self.url}/marketo"

    @property
    def salesforce_url(self) -> str:
        """What a Salesforce connection takes as its login URL."""
        return f"{self.url}/salesforce"

    def shopify_url(self, shop: str) -> str:
        """What a Shopify connection takes as its shop."""
        return f"{self.url}/shopify/{shop}"

    @property
    def fhir_url(self) -> str:
        """What a FHIR connection takes as its base."""
        return f"{self.url}/fhir/r4"

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "leadstream_dev.sandbox", "--attached"]
        command += ["--ledger", str(self.ledger.path), "--seed", str(self._seed)]
        command += ["--port", str(self._port)]
        return command + (["--day", self._day.isoformat()] if self._day else [])

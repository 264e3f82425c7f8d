"""A real Prometheus that watches the services of a local stack."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from leadstream_dev.home import Home
from leadstream_dev.ports import choose_port
from leadstream_dev.process import ChildProcess, Command, until_ready
from leadstream_dev.records import RunRecords
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.services import SERVICES
from support.waiting import eventually

SCRAPE_SECONDS = 1
# `increase` goes on to the range's end, by up to 1.1 times what lies between two scrapes on average: of so many seconds
# that is little, even if every other scrape is late.
SEEN_SECONDS = 20
CONFIG = """
global: {{scrape_interval: {seconds}s, scrape_timeout: {seconds}s}}
scrape_configs:
  - job_name: leadstream
    file_sd_configs: [{{files: [targets.json], refresh_interval: 1s}}]
"""


def is_installed() -> bool:
    return shutil.which("prometheus") is not None


class Prometheus:
    """Its one job is `leadstream`, with a label `service`, as in deploy/prometheus."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = choose_port()
        self._process: ChildProcess | None = None
        self._watching_since = 0.0
        self.url = f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True)
        (self._folder / "prometheus.yml").write_text(CONFIG.format(seconds=SCRAPE_SECONDS))
        program = shutil.which("prometheus")
        assert program is not None
        command = Command(
            name="prometheus",
            argv=[
                program,
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            log=self._folder / "prometheus.log",
            cwd=self._folder,
            ports=[self._port],
        )
        self._process = ChildProcess.spawn(command, RunRecords(self._folder / "run"))
        await until_ready(self._process, self._is_ready, within=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self._process.kill()

    async def watch(self, home: Home) -> None:
        """Wait until the stack in `home` has started its services, and scrape them from then on."""
        ports: dict[str, int] = {}

        async def are_there() -> bool:
            ports.update(ports_of(home))
            return len(ports) == len(SERVICES)

        await eventually(are_there, "not every service has been started", within=250)
        targets = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"service": name}}
            for name, port in ports.items()
        ]
        partial = self._folder / "targets.partial"
        partial.write_text(json.dumps(targets))
        partial.replace(self._folder / "targets.json")
        self._watching_since = time.time()

    async def catch_up(self) -> float:
        """Wait until every service was scraped for long enough, and once more; return when that was so."""
        since = max(time.time(), self._watching_since + SEEN_SECONDS)

        async def has() -> bool:
            scraped = await self.query("timestamp(up == 1)", at=time.time())
            return len(scraped) == len(SERVICES) and all(
                float(s["value"][1]) > since for s in scraped
            )

        await eventually(has, "Prometheus has not scraped every service", within=60)
        return time.time()

    async def query(self, expr: str, *, at: float) -> list[dict[str, Any]]:
        return await self._get("query", {"query": expr, "time": f"{at:.3f}"})

    async def query_range(self, expr: str, *, start: float, end: float) -> list[dict[str, Any]]:
        given = {"query": expr, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": "1"}
        return await self._get("query_range", given)

    async def _get(self, path: str, params: Mapping[str, str]) -> list[dict[str, Any]]:
        async with self._client() as client:
            answer = await client.get(f"api/v1/{path}", params=params)
        body = answer.json()
        assert body["status"] == "success", f"{body.get('error')}: {params['query']}"
        found: list[dict[str, Any]] = body["data"]["result"]
        return found

    async def _is_ready(self) -> bool:
        async with self._client() as client:
            try:
                return (await client.get("-/ready")).is_success
            except httpx.TransportError:
                return False

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url, verify=WITHOUT_AUTHORITIES, trust_env=False, timeout=20
        )


def ports_of(home: Home) -> dict[str, int]:
    """Where the services of the stack in `home` listen, as far as they have been started."""
    first = {f"{spec.name}-1": spec.name for spec in SERVICES}
    return {
        first[record.name]: record.ports[0]
        for record in RunRecords(home.run)
        if record.name in first
    }

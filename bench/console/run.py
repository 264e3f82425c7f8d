"""B11: the console's pages over tables as they are after years."""

import base64
import re
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from bench import machine
from bench.console.pages import Page, pages
from bench.processes import Company, warn_of_company
from bench.size.fill import create_helpers, fill
from bench.size.run import postgres
from bench.size.scale import SERVICES, Scale
from leadstream.contracts import registry
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.postgres import SHARED, migrate
from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.services import CONSOLE, Replica, Services

LEADS, JOBS, LANES = 1_000_000, 2_000_000, 40
TIMES = 40
LIMIT_SECONDS = 0.3
_OLDER = re.compile(r'<a href="([^"]+)" rel="next"')
# Nothing is let go, and nothing goes out: the tables stay as they were made.
_SETTINGS = {
    "RELAY": "dead-letters",
    "JOB_RETENTION": "0",
    "AUDIT_RETENTION": "0",
    "DEAD_LETTER_RETENTION": "0",
    "OUTBOX_RETENTION": "0",
    "LEAD_RETENTION": "0",
    "BILLING_RETENTION": "0",
    "DATASHOPPER_API_URL": "https://unused.example",
    "DATASHOPPER_API_KEY": "unused",
    "CLAY_API_URL": "https://unused.example",
    "CLAY_API_KEY": "unused",
    "RESEND_API_KEY": "unused",
    "RESEND_FROM": "unused@unused.example",
    "ADMIN_TOKENS": "",
}


@dataclass(frozen=True, slots=True)
class Result:
    page: Page
    seconds: Sequence[float]
    size: int
    status: int

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]

    @property
    def is_over(self) -> bool:
        return self.status != httpx.codes.OK or self.p95 > LIMIT_SECONDS


async def run(console: Console, *, scale: Scale, times: int = TIMES) -> list[Result]:
    """Fill the tables, ask for each page; return what took longer than it may."""
    async with postgres() as url:
        await _make(console, url, scale)
        async with _served(url) as screen:
            console.print(str(await machine.describe(Home.default(), url)))
            async with httpx.AsyncClient(
                base_url=screen.url, trust_env=False, timeout=60
            ) as client:
                company = Company()
                results = [await _measure(client, page, times) for page in pages(scale)]
                others = company.cores()
            memory = psutil.Process(screen.pid).memory_info().rss / 2**20
    console.print(_table(results, scale, memory, others))
    warn_of_company(console, [others])
    return [result for result in results if result.is_over]


async def _make(console: Console, url: str, scale: Scale) -> None:
    await create_helpers(url)
    for service in SERVICES:
        began = time.monotonic()
        await migrate(url, schema=service, packages=[SHARED, service])
        await fill(url, service, scale)
        console.print(f"{service} is filled: {time.monotonic() - began:,.0f} s")


@asynccontextmanager
async def _served(url: str) -> AsyncIterator[Replica]:
    home = Home.default()
    with tempfile.TemporaryDirectory(prefix="leadstream-bench-") as folder:
        kafka = KafkaBroker(data_dir=Path(folder) / "kafka", home=home)
        await kafka.start()
        try:
            await topics.apply(
                KafkaConfig(bootstrap_servers=kafka.bootstrap_servers), registry.load()
            )
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            environment = {
                **_SETTINGS,
                "DATABASE_URL": url,
                "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                "ENCRYPTION_KEYS": f"bench:{key}",
            }
            async with Services(env=environment, home=home) as services:
                around = {**environment, **services.urls()}
                async with Services(env=around, specs=[CONSOLE], home=home) as screen:
                    yield screen["console"][0]
        finally:
            await kafka.stop()


async def _measure(client: httpx.AsyncClient, page: Page, times: int) -> Result:
    await _ask(client, page, 0)
    asked = [await _ask(client, page, number) for number in range(1, times + 1)]
    sizes, statuses = [len(a.content) for _, a in asked], [a.status_code for _, a in asked]
    return Result(page, [seconds for seconds, _ in asked], max(sizes), max(statuses))


async def _ask(client: httpx.AsyncClient, page: Page, number: int) -> tuple[float, httpx.Response]:
    path = page.path(number)
    if page.then_older:
        found = _OLDER.search((await client.get(path)).text)
        path = unescape(found.group(1)) if found else path
    began = time.monotonic()
    answer = await client.get(path)
    return time.monotonic() - began, answer


def _table(results: Sequence[Result], scale: Scale, memory: float, others: float) -> Table:
    title = (
        f"B11: {scale.leads:,} leads, {scale.jobs:,} jobs; the console has {memory:,.0f} MiB "
        f"(others {others:.2f} cores)"
    )
    table = Table(title=title)
    table.add_column("page")
    for name in ("status", "p50 ms", "p95 ms", "KB"):
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(
            result.page.name,
            f"{result.status}",
            f"{statistics.median(result.seconds) * 1000:,.0f}",
            f"{result.p95 * 1000:,.0f}",
            f"{result.size / 1024:,.0f}",
            style="red" if result.is_over else "",
        )
    return table

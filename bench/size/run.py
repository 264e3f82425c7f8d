"""B8: every statement of a timer, a list or a report, in tables as they are after years."""

import importlib
import pkgutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.processes import Company, warn_of_company
from bench.size.fill import create_helpers, fill
from bench.size.looks import Look, World, all_looks
from bench.size.measure import Result, measure
from bench.size.scale import Scale
from leadstream.postgres import SHARED, Database, migrate
from leadstream_dev.home import Home
from leadstream_dev.postgres import PostgresServer

_SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # What is vacuumed when is our business here.
    "autovacuum": "off",
}


async def run(console: Console, *, scale: Scale, services: Sequence[str]) -> list[Result]:
    """Fill and measure one service after the other; return what took longer than it may."""
    console.print(f"{scale.jobs:,} jobs, {scale.leads:,} leads, {scale.lanes:,} lanes that rest")
    results: list[Result] = []
    async with postgres() as url:
        await create_helpers(url)
        for service in services:
            began = time.monotonic()
            import_all(service)
            await migrate(url, schema=service, packages=[SHARED, service])
            await fill(url, service, scale)
            console.print(f"{service} is filled: {time.monotonic() - began:,.0f} s")
            company = Company()
            measured = await _measure(url, service, World(scale))
            others = company.cores()
            console.print(_table(service, measured, others))
            warn_of_company(console, [others])
            results += measured
    return [result for result in results if result.is_over]


def import_all(service: str) -> None:
    """Load the statements of a service and of what it shares with the others."""
    for package in ("leadstream", service):
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


async def _measure(url: str, service: str, world: World) -> list[Result]:
    database = await Database.connect(url, schema=service, max_size=2)
    try:
        looks = [look for look in all_looks() if look.service == service]
        return [await measure(database, look, look.args(world)) for look in looks]
    finally:
        await database.close()


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    home = Home.default()
    with tempfile.TemporaryDirectory(prefix="leadstream-size-") as folder:
        server = PostgresServer(
            data_dir=Path(folder) / "postgres", home=home, durable=False, settings=_SETTINGS
        )
        try:
            await server.start()
            yield server.url
        finally:
            await server.stop()
            await server.remove()


def _table(service: str, results: Sequence[Result], others: float) -> Table:
    table = Table(title=f"B8: what size costs {service}; warm, median (others {others:.2f} cores)")
    for name in ("statement", "asked", "kind"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "ms", "of a core", "limit"):
        table.add_column(name, justify="right")
    table.add_column("dearest part of its plan", overflow="fold")
    for result in results:
        table.add_row(*_cells(result.look, result), style="red" if result.is_over else "")
    return table


def _cells(look: Look, result: Result) -> tuple[str, ...]:
    return (
        look.short_name,
        look.asked,
        str(look.kind),
        "timeout" if result.rows < 0 else f"{result.rows:,}",
        f"{result.seconds * 1000:,.1f}",
        "" if result.busy is None else f"{result.busy * 1000:,.1f}",
        f"{look.limit * 1000:,.0f}",
        result.worst,
    )

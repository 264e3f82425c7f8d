"""B6: what a lead costs a stage whose tables have a million leads and ten, by what it takes of the processor."""

import time
from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.hop.load import SOURCE, TARGET, leads
from bench.hop.measure import Result, measure_in, prepare
from bench.hop.run import OURS
from bench.hop.stages.leadstream_stage import SCHEMA
from bench.processes import warn_of_company
from bench.servers import Servers, servers
from bench.size.fill import SHARED as FILL
from bench.size.fill import create_helpers, filling
from bench.topics import create_topics, empty, fill
from leadstream.postgres import SHARED, load_queries, migrate

OWN = load_queries("bench.grown", "tables.sql")
KIND = "hop"
LEADS = 10_000_000
PARTS = (10, 1)
LEADS_OF_A_HOP = 20_000
LIMIT = 1.25


async def run(
    console: Console, *, most: int = LEADS, rounds: int, count: int = LEADS_OF_A_HOP
) -> list[float]:
    """Compare tables of `most` leads with those of a tenth; return the ratio if it is more than it may be."""
    results: dict[int, list[Result]] = {}
    async with servers() as around:
        await create_topics(around.bootstrap, SOURCE, TARGET)
        databases = {most // part: await _grown(console, around, most // part) for part in PARTS}
        for turn in range(1, rounds + 1):
            for rows, database in databases.items():
                result = await _measure(around, database, count)
                results.setdefault(rows, []).append(result)
                console.print(f"round {turn}: {rows:,} leads: {_cpu(result):.0f} µs a lead")
    few, many = (median(map(_cpu, runs)) for runs in results.values())
    console.print(_table(results, count))
    console.print(f"a lead costs {many / few:.2f} times as much")
    warn_of_company(console, (result.others for runs in results.values() for result in runs))
    return [many / few] if many / few > LIMIT else []


async def _grown(console: Console, around: Servers, rows: int) -> str:
    """A database of the stage as it is after so many leads: jobs with their attempts, bindings and states."""
    began = time.monotonic()
    database = await prepare(around, OURS)
    await migrate(database, schema=SCHEMA, packages=[SHARED])
    await create_helpers(database)
    statements = {**dict(FILL.items()), **dict(OWN.items())}
    tables = dict.fromkeys(("jobs", "job_attempts", "lead_bindings", "lead_state"), rows)
    async with filling(database, SCHEMA, statements, tables, [KIND]):
        pass
    console.print(f"{rows:,} leads are filled in: {time.monotonic() - began:,.0f} s")
    return database


async def _measure(around: Servers, database: str, count: int) -> Result:
    # Leads that no run before has seen, and nothing else in the topic.
    await empty(around.bootstrap, SOURCE)
    await fill(around.bootstrap, SOURCE, leads(count))
    return await measure_in(around, database, OURS, count)


def _cpu(result: Result) -> float:
    return result.stage_cpu + result.postgres_cpu


def _table(results: Mapping[int, Sequence[Result]], count: int) -> Table:
    table = Table(title=f"B6: one hop of {count:,} leads into tables that have others; medians")
    table.add_column("leads there")
    for name in ("leads/s", "CPU µs/lead", "Postgres", "sum", "others (cores)"):
        table.add_column(name, justify="right")
    for rows, runs in results.items():
        table.add_row(
            f"{rows:,}",
            f"{median(run.leads_per_second for run in runs):,.0f}",
            f"{median(run.stage_cpu for run in runs):.0f}",
            f"{median(run.postgres_cpu for run in runs):.0f}",
            f"{median(map(_cpu, runs)):.0f}",
            f"{max(run.others for run in runs):.2f}",
        )
    return table

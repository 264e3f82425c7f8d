"""B1: one hop of a lead through a stage, durable from end to end."""

import asyncio
from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench import machine
from bench.hop.load import SOURCE, TARGET, leads
from bench.hop.measure import Result, measure
from bench.processes import warn_of_company
from bench.servers import Servers, servers
from bench.topics import create_topics, fill

OURS = "leadstream_stage"
# Cores that others may use meanwhile: more, and the run is repeated.
MAX_OTHERS = 0.15
TRIES = 5
REST_SECONDS = 5
STAGES: Mapping[str, str] = {
    OURS: "Leadstream",
    "faust_agent": "Faust agent",
    "faststream_app": "FastStream",
    "pgqueuer_stage": "PgQueuer stage",
}


async def run(
    console: Console, *, count: int, rounds: int, tries: int = TRIES, stages: Sequence[str] = ()
) -> None:
    """Give each stage its turn, `rounds` times; a run in company is repeated, `tries` times at most."""
    chosen = list(stages or STAGES)
    results: dict[str, list[Result]] = {stage: [] for stage in chosen}
    async with servers() as around:
        console.print(str(await machine.describe(around.home, around.postgres.url)))
        console.print(machine.libraries("faust-streaming", "faststream", "pgqueuer", "aiokafka"))
        await create_topics(around.bootstrap, SOURCE, TARGET)
        await fill(around.bootstrap, SOURCE, leads(count))
        # The broker has just started, and compiles what it does first: that counts for nobody.
        await measure(around, chosen[0], count)
        for turn in range(1, rounds + 1):
            for stage in chosen:
                result = await _measure_alone(console, around, stage, count, tries)
                results[stage].append(result)
                console.print(f"round {turn}: {_line(result)}")
    console.print(_table(results, count))
    warn_of_company(console, (run.others for runs in results.values() for run in runs))


async def _measure_alone(
    console: Console, around: Servers, stage: str, count: int, tries: int
) -> Result:
    """Again, if the machine had other things to do; the last try counts as it is."""
    for _ in range(tries - 1):
        result = await measure(around, stage, count)
        if result.others <= MAX_OTHERS:
            return result
        console.print(f"in company ({result.others:.2f} cores), again: {_line(result)}")
        await asyncio.sleep(REST_SECONDS)
    return await measure(around, stage, count)


def _line(result: Result) -> str:
    return f"{STAGES[result.stage]}: {result.leads_per_second:,.0f} leads/s"


def _table(results: Mapping[str, Sequence[Result]], count: int) -> Table:
    table = Table(title=f"B1: one hop, {count:,} leads, medians")
    table.add_column("stage")
    for name in (
        "leads/s",
        "lowest-highest",
        "ours is",
        "CPU µs/lead",
        "Postgres",
        "Kafka",
        "others",
        "twice",
    ):
        table.add_column(name, justify="right")
    ours = median(r.leads_per_second for r in results[OURS]) if OURS in results else None
    for stage, runs in results.items():
        table.add_row(STAGES[stage], *_cells(runs, ours))
    return table


def _cells(runs: Sequence[Result], ours: float | None) -> list[str]:
    rates = [run.leads_per_second for run in runs]
    return [
        f"{median(rates):,.0f}",
        f"{min(rates):,.0f}-{max(rates):,.0f}",
        f"{ours / median(rates):.1f} times" if ours else "",
        f"{median(run.stage_cpu for run in runs):.0f}",
        f"{median(run.postgres_cpu for run in runs):.0f}",
        f"{median(run.kafka_cpu for run in runs):.0f}",
        f"{max(run.others for run in runs):.2f}",
        f"{sum(run.duplicates for run in runs)}",
    ]

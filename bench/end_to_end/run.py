"""B2: from a lead's discovery to the platform's acceptance, through five stages, at a steady pace."""

from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.end_to_end.measure import CHAINS, Phases, Result, measure


async def run(console: Console, *, phases: Phases, rounds: int, chains: Sequence[str] = ()) -> None:
    results: dict[str, list[Result]] = {name: [] for name in chains or CHAINS}
    for turn in range(1, rounds + 1):
        for name, runs in results.items():
            runs.append(await measure(name, phases))
            console.print(f"round {turn}: {name}: {_line(runs[-1])}")
    console.print(_table(results, phases))


def _line(result: Result) -> str:
    arrived = len(result.latencies)
    return f"p50 {_ms(result.percentile(0.5))}, {arrived} of {result.sent} arrived"


def _table(results: Mapping[str, Sequence[Result]], phases: Phases) -> Table:
    table = Table(
        title=f"B2: five stages, {phases.per_second:g} leads/s, {phases.measured:g} s, medians"
    )
    table.add_column("chain")
    for name in ("p50", "p99", "slowest", "arrived", "repeats", "own cores", "servers", "others"):
        table.add_column(name, justify="right")
    for name, runs in results.items():
        table.add_row(name, *_cells(runs))
    return table


def _cells(runs: Sequence[Result]) -> list[str]:
    arrived, sent = sum(len(run.latencies) for run in runs), sum(run.sent for run in runs)
    return [
        _ms(median(run.percentile(0.5) for run in runs)),
        _ms(median(run.percentile(0.99) for run in runs)),
        _ms(max(run.percentile(1 - 1 / run.sent) for run in runs)),
        f"{arrived:,}/{sent:,}",
        f"{sum(run.repeats for run in runs)}",
        f"{median(run.own_cores for run in runs):.2f}",
        f"{median(run.server_cores for run in runs):.2f}",
        f"{median(run.others for run in runs):.2f}",
    ]


def _ms(seconds: float) -> str:
    return "never" if seconds == float("inf") else f"{seconds * 1000:,.0f} ms"

"""B2: from a lead's discovery to the platform's acceptance, through five stages, at a steady pace."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.end_to_end.measure import CHAINS, OURS, Phases, Result, measure
from bench.processes import warn_of_company

# By chain, all its runs at one rate.
Runs = Mapping[str, Sequence[Result]]


async def run(
    console: Console,
    *,
    rates: Sequence[float],
    phases: Phases,
    rounds: int,
    chains: Sequence[str] = (),
) -> None:
    results: list[Result] = []
    for turn in range(1, rounds + 1):
        for name in chains or CHAINS:
            for result in await measure(name, rates, phases):
                results.append(result)
                console.print(f"round {turn}: {name}: {_line(result)}")
    by_rate = {rate: _runs(results, rate) for rate in rates}
    console.print(_table(by_rate, phases))
    for rate, runs in by_rate.items():
        for line in ratios(runs):
            console.print(f"at {rate:g}/s: {line}")
    warn_of_company(console, (result.others for result in results))


def milliseconds(seconds: float) -> str:
    return "never" if seconds == float("inf") else f"{seconds * 1000:,.0f} ms"


def _line(result: Result) -> str:
    return (
        f"{result.per_second:g}/s: p50 {milliseconds(result.percentile(0.5))}, "
        f"p99 {milliseconds(result.percentile(0.99))}, CPU {result.cpu:.1f} ms a lead, "
        f"{len(result.latencies)} of {result.sent} arrived, others {result.others:.2f} cores"
    )


def _runs(results: Sequence[Result], rate: float) -> Runs:
    runs: dict[str, list[Result]] = {}
    for result in results:
        if result.per_second == rate:
            runs.setdefault(result.chain, []).append(result)
    return runs


def _table(by_rate: Mapping[float, Runs], phases: Phases) -> Table:
    table = Table(title=f"B2: five stages, {phases.measured:g} s, medians; CPU in ms a lead")
    table.add_column("chain")
    for name in (
        "leads/s",
        "p50",
        "p99",
        "slowest",
        "arrived",
        "repeats",
        "own",
        "Kafka, Postgres",
        "sum",
        "load, sandbox",
        "others (cores)",
    ):
        table.add_column(name, justify="right")
    for rate, runs in by_rate.items():
        for name, same in runs.items():
            table.add_row(name, f"{rate:g}", *_cells(same))
        table.add_section()
    return table


def _cells(runs: Sequence[Result]) -> list[str]:
    arrived, sent = sum(len(run.latencies) for run in runs), sum(run.sent for run in runs)
    return [
        milliseconds(_p50(runs)),
        milliseconds(_p99(runs)),
        milliseconds(max(run.percentile(1.0) for run in runs)),
        f"{arrived:,}/{sent:,}",
        f"{sum(run.repeats for run in runs)}",
        f"{median(run.own for run in runs):.1f}",
        f"{median(run.served for run in runs):.1f}",
        f"{_cpu(runs):.1f}",
        f"{median(run.aids for run in runs):.1f}",
        f"{max(run.others for run in runs):.2f}",
    ]


def ratios(runs: Runs) -> list[str]:
    """What ours is of the best peer's, each figure by itself."""
    peers = {name: same for name, same in runs.items() if name != OURS}
    if OURS not in runs or not peers:
        return []
    lines = []
    for what, figure in FIGURES.items():
        theirs, best = min((figure(same), name) for name, same in peers.items())
        times = figure(runs[OURS]) / theirs
        lines.append(f"{what} is {times:.2f} times that of {best}, the best peer")
    return lines


def _p50(runs: Sequence[Result]) -> float:
    return median(run.percentile(0.5) for run in runs)


def _p99(runs: Sequence[Result]) -> float:
    return median(run.percentile(0.99) for run in runs)


def _cpu(runs: Sequence[Result]) -> float:
    return median(run.cpu for run in runs)


FIGURES: Mapping[str, Callable[[Sequence[Result]], float]] = {
    "p50": _p50,
    "p99": _p99,
    "CPU a lead": _cpu,
}

"""B2's capacity: the highest rate at which 99 of 100 leads arrive within a second, in steps."""

from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.end_to_end.measure import CHAINS, OURS, Phases, Result, staged
from bench.end_to_end.run import milliseconds
from bench.processes import warn_of_company

# Finer where machines of two cores have their limits.
STEPS = (20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 100.0, 125.0, 150.0, 200.0, 250.0, 300.0)
LIMIT_SECONDS = 1.0
# What a chain can't keep up with waits in its topics: seconds are enough to see it.
PHASES = Phases(warm_up=30, lead_in=10, measured=15)


async def run(
    console: Console,
    *,
    steps: Sequence[float] = STEPS,
    phases: Phases = PHASES,
    rounds: int,
    chains: Sequence[str] = (),
) -> None:
    climbs: dict[str, list[list[Result]]] = {name: [] for name in chains or CHAINS}
    for turn in range(1, rounds + 1):
        for name, done in climbs.items():
            done.append(await _climb(name, steps, phases))
            console.print(f"round {turn}: {name}: {_line(done[-1])}")
    console.print(_table(climbs))
    warn_of_company(
        console, (step.others for done in climbs.values() for climb in done for step in climb)
    )


async def _climb(name: str, steps: Sequence[float], phases: Phases) -> list[Result]:
    """One start of a chain, and then a step after the other, up to the first that it does not hold."""
    results: list[Result] = []
    async with staged(name) as stage:
        await stage.warm_up(phases.warm_up)
        for rate in steps:
            results.append(await stage.measure(rate, phases))
            if not _is_held(results[-1]):
                break
    return results


def _is_held(step: Result) -> bool:
    return step.percentile(0.99) < LIMIT_SECONDS and len(step.latencies) == step.sent


def capacity_of(climb: Sequence[Result]) -> float:
    return max((step.per_second for step in climb if _is_held(step)), default=0.0)


def _line(climb: Sequence[Result]) -> str:
    steps = (f"{step.per_second:g}/s {milliseconds(step.percentile(0.99))}" for step in climb)
    return f"p99 at {', '.join(steps)}"


def _table(climbs: Mapping[str, Sequence[Sequence[Result]]]) -> Table:
    table = Table(title="B2: the highest rate with p99 under a second; medians of the rounds")
    table.add_column("chain")
    for name in ("leads/s", "ours is", "p99 there", "CPU ms a lead there", "others (cores)"):
        table.add_column(name, justify="right")
    capacity = {name: median(map(capacity_of, done)) for name, done in climbs.items()}
    for name, done in climbs.items():
        table.add_row(name, *_cells(done, capacity[name], capacity.get(OURS)))
    return table


def _cells(done: Sequence[Sequence[Result]], capacity: float, ours: float | None) -> list[str]:
    steps = [step for climb in done for step in climb]
    there = [step for step in steps if step.per_second == capacity]
    return [
        f"{capacity:g}",
        f"{ours / capacity:.1f} times" if ours and capacity else "",
        milliseconds(median(step.percentile(0.99) for step in there)) if there else "",
        f"{median(step.cpu for step in there):.1f}" if there else "",
        f"{max(step.others for step in steps):.2f}",
    ]

"""B4: what more workers bring, and what it costs to replace each of them under load."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

from bench.bound.judge import Seen
from bench.bound.place import Case, Crew, Place, ask, leads, place
from bench.processes import Company, warn_of_company

# Slots for 50 calls a second each, of a provider that allows more than all of them have slots for.
WORKERS = {count: Case(limit=1_000.0, concurrency=10, processes=count) for count in (1, 2, 4)}
# Here it is the provider that holds them back: the others have room for the work of the one that is replaced.
SHARED = Case(limit=100.0, concurrency=50, processes=4)
LEAD_IN_SECONDS, SECONDS = 3.0, 24.0
CALM, ROLLING = "4 workers, a limit", "4 workers, a limit, each replaced"

Meanwhile: TypeAlias = Callable[[Crew, Case, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    seen: Seen
    others: float


async def run(
    console: Console,
    *,
    rounds: int,
    lead_in: float = LEAD_IN_SECONDS,
    seconds: float = SECONDS,
    most: int = max(WORKERS),
) -> None:
    """`most`: no more workers than these are tried."""
    runs: dict[str, tuple[Case, Meanwhile]] = {
        _name(count): (case, _nothing) for count, case in WORKERS.items() if count <= most
    }
    runs |= {CALM: (SHARED, _nothing), ROLLING: (SHARED, _replace_each)}
    results: dict[str, list[Result]] = {name: [] for name in runs}
    async with place() as around:
        await around.answer_slowly(refused=0.0)
        for _ in range(rounds):
            for name, (case, meanwhile) in runs.items():
                results[name].append(await _measure(around, case, meanwhile, lead_in, seconds))
                console.print(f"{name}: {results[name][-1].seen.calls:.1f} calls/s")
    console.print(_table(results))
    warn_of_company(console, (result.others for same in results.values() for result in same))


async def _measure(
    around: Place, case: Case, meanwhile: Meanwhile, lead_in: float, seconds: float
) -> Result:
    async with around.set_up(case) as crew:
        # More than there is time for: nobody ever waits for work.
        await ask(crew.database, leads(round(case.possible * (lead_in + seconds + 3) * 1.5)))
        await crew.start()
        await asyncio.sleep(lead_in)
        start, company = time.time(), Company()
        await asyncio.gather(asyncio.sleep(seconds), meanwhile(crew, case, seconds))
        others = company.cores()
    return Result(
        case, Seen.of(crew.calls(), start=start, seconds=seconds, limit=case.limit), others
    )


async def _nothing(crew: Crew, case: Case, seconds: float) -> None:
    """Let them work."""


async def _replace_each(crew: Crew, case: Case, seconds: float) -> None:
    """A rolling restart: one after the other, the next when the last one works."""
    await asyncio.sleep(seconds / 6)
    for number in range(case.processes):
        await crew.restart(number)


def _table(results: Mapping[str, Sequence[Result]]) -> Table:
    table = Table(title="B4: workers beside a provider that takes 200 ms ± 50 %; medians")
    table.add_column("who")
    for name in ("calls/s", "of what is possible", "compared", "repeats", "others (cores)"):
        table.add_column(name, justify="right")
    calls = {name: median(run.seen.calls for run in runs) for name, runs in results.items()}
    for name, runs in results.items():
        case = runs[0].case
        table.add_row(
            name,
            f"{calls[name]:.1f}",
            f"{calls[name] / case.possible:.1%}",
            _compared(name, case, calls),
            f"{sum(run.seen.repeats for run in runs)}",
            f"{max(run.others for run in runs):.2f}",
        )
    return table


def _name(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def _compared(name: str, case: Case, calls: Mapping[str, float]) -> str:
    """With as many times what one worker does, or with the same workers when nobody touches them."""
    if name == ROLLING:
        return f"{calls[name] / calls[CALM]:.1%} of the same, undisturbed"
    if name == CALM:
        return ""
    return f"{calls[name] / (case.processes * calls[_name(1)]):.1%} of linear"

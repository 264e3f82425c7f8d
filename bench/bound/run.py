"""B3: how much of what a provider allows is used, and whether more ever is."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.bound.judge import Seen
from bench.bound.place import LATENCY_SECONDS, PEER, Case, Place, ask, leads, place
from bench.processes import Company, warn_of_company

# As enrichment has them; a provider that allows 500 a second still has room in 200 slots.
CONCURRENCY = 200
CASES = [
    Case(limit=limit, concurrency=CONCURRENCY, processes=processes)
    for limit in (50.0, 500.0)
    for processes in (1, 4)
]
REFUSED = 0.01
# What is saved up at first is gone by then.
LEAD_IN_SECONDS, SECONDS = 5.0, 20.0


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    seen: Seen
    others: float

    @property
    def used(self) -> float:
        """Of what the provider allows, or of what we have slots for."""
        return self.seen.calls / (
            self.case.limit if self.case.module == PEER else self.case.possible
        )


async def run(
    console: Console,
    *,
    rounds: int,
    cases: Sequence[Case] = CASES,
    lead_in: float = LEAD_IN_SECONDS,
    seconds: float = SECONDS,
) -> None:
    results: dict[Case, list[Result]] = {}
    async with place() as around:
        await around.answer_slowly(refused=REFUSED)
        for _ in range(rounds):
            for case in cases:
                for each in (case, _peer(case)):
                    result = await _measure(around, each, lead_in, seconds)
                    results.setdefault(each, []).append(result)
                    console.print(f"{_name(each)}: {result.seen.calls:.1f} calls/s")
    console.print(_table(results))
    warn_of_company(console, (result.others for runs in results.values() for result in runs))


def _peer(case: Case) -> Case:
    """As many slots as the limit fills: the only way it has to keep to one."""
    slots = max(1, round(case.limit * LATENCY_SECONDS / case.processes))
    return replace(case, module=PEER, concurrency=slots)


async def _measure(around: Place, case: Case, lead_in: float, seconds: float) -> Result:
    async with around.set_up(case) as crew:
        if case.module != PEER:
            # More than there is time for: what is measured never waits for work.
            await ask(crew.database, leads(round(case.limit * (lead_in + seconds + 3) * 1.2)))
        await crew.start()
        await asyncio.sleep(lead_in)
        start, company = time.time(), Company()
        await asyncio.sleep(seconds)
        others = company.cores()
    seen = Seen.of(crew.calls(), start=start, seconds=seconds, limit=case.limit)
    return Result(case, seen, others)


def _table(results: Mapping[Case, Sequence[Result]]) -> Table:
    table = Table(title="B3: a provider's allowance, 200 ms ± 50 % to answer, 1 % refused; medians")
    table.add_column("who")
    for name in (
        "allowed/s",
        "processes",
        "calls/s",
        "answered well/s",
        "of what is possible",
        "violations",
        "others (cores)",
    ):
        table.add_column(name, justify="right")
    for case, runs in results.items():
        table.add_row(
            _name(case),
            f"{case.limit:g}",
            f"{case.processes}",
            f"{median(run.seen.calls for run in runs):.1f}",
            f"{median(run.seen.answered for run in runs):.1f}",
            f"{median(run.used for run in runs):.1%}",
            f"{sum(run.seen.violations for run in runs)}",
            f"{max(run.others for run in runs):.2f}",
        )
    return table


def _name(case: Case) -> str:
    return "httpx, semaphore" if case.module == PEER else "Leadstream"

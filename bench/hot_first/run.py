"""B7: how long hot leads take among many, and a small workspace beside a big one, where a provider sets the pace."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from rich.console import Console
from rich.table import Table

from bench.bound.place import (
    JITTER_SECONDS,
    LATENCY_SECONDS,
    WORKSPACES,
    Case,
    Crew,
    Place,
    a_lead,
    ask,
    place,
)
from bench.processes import Company, warn_of_company
from leadstream.ids import derived_id
from leadstream.jobs.model import NewJob, Priority
from leadstream_dev.sandbox.entry import Entry

PACE = 50.0
CONCURRENCY = 200
LEADS = 50_000
SMALL = 10
# Of ten leads one is hot, four are warm.
SCORES = (Priority.HOT, *[Priority.WARM] * 4, *[Priority.COLD] * 5)
LOOK_SECONDS = 0.2
SLOWEST_CALL = LATENCY_SECONDS + JITTER_SECONDS
# A worker that has asked for all that it may looks again so soon.
LOOKING = 0.2
# Beyond what is promised: a run that takes longer has shown it.
PATIENCE = 3.0
FLOOR_SECONDS = 30.0


class TooSlowError(Exception):
    """Leads were not done long after they should have been."""


@dataclass(frozen=True, slots=True)
class Result:
    what: str
    leads: int
    # Seconds: until the last of them was accepted, what is promised, and what first in, first out would take.
    took: float
    promised: float
    in_order: float
    others: float


async def run(console: Console, *, count: int = LEADS, pace: float = PACE) -> list[Result]:
    """Return what took longer than is promised."""
    case = Case(limit=pace, concurrency=CONCURRENCY)
    async with place() as around:
        await around.answer_slowly(refused=0.0)
        results = [
            await _hot(around, case, count),
            await _small(around, case, 0),
            await _small(around, case, count),
        ]
    console.print(_table(results, count, pace))
    warn_of_company(console, (result.others for result in results))
    return [result for result in results if result.took > result.promised]


async def _hot(around: Place, case: Case, count: int) -> Result:
    """Mixed leads of many workspaces, all at once."""
    dice = Random(1)  # noqa: S311 - the same mixture in every run
    jobs = [
        a_lead(dice.choice(SCORES), derived_id("bench-workspace", n % WORKSPACES))
        for n in range(count)
    ]
    places = [at for at, job in enumerate(jobs) if job.priority is Priority.HOT]
    async with around.set_up(case) as crew:
        await crew.start()
        took, others = await _timed(crew, jobs, {jobs[at].id for at in places}, case)
    return Result(
        "hot leads",
        len(places),
        took,
        promised=len(places) / case.limit * 1.05 + SLOWEST_CALL,
        in_order=(places[-1] + 1) / case.limit,
        others=others,
    )


async def _small(around: Place, case: Case, big: int) -> Result:
    """A workspace with ten leads, that come when those of a big one have waited for a while."""
    async with around.set_up(case) as crew:
        # What was saved up is the big one's, here and there: nobody is let have it twice.
        await ask(crew.database, _of("big", big or round(case.limit)))
        await crew.start()
        await _until_called(crew, round(case.limit), case)
        waiting = max(0, big - len(crew.calls()))
        few = _of("small", SMALL)
        took, others = await _timed(crew, few, {job.id for job in few}, case)
    return Result(
        "ten beside a big workspace" if big else "ten alone",
        SMALL,
        took,
        promised=wait_of(SMALL, beside=1 if big else 0, pace=case.limit),
        in_order=(waiting + SMALL) / case.limit,
        others=others,
    )


def wait_of(count: int, *, beside: int, pace: float) -> float:
    """Seconds that a workspace of so many leads waits at most, beside others that have more of the same priority."""
    return count * (beside + 1) / pace + SLOWEST_CALL + LOOKING


def _of(workspace: str, count: int) -> list[NewJob]:
    lane = derived_id("bench-workspace", workspace)
    return [a_lead(Priority.WARM, lane) for _ in range(count)]


async def _timed(
    crew: Crew, jobs: Sequence[NewJob], awaited: Collection[UUID], case: Case
) -> tuple[float, float]:
    """Ask for jobs; return after how many seconds the last of those was accepted, and what others used meanwhile."""
    wanted = {str(each) for each in awaited}
    company, began = Company(), time.time()
    await ask(crew.database, jobs)
    patience = time.monotonic() + len(wanted) / case.limit * PATIENCE + FLOOR_SECONDS
    while True:
        at = [_answered(call) for call in crew.calls() if call["lead_id"] in wanted]
        if len(at) >= len(wanted):
            return max(at) - began, company.cores()
        if time.monotonic() > patience:
            raise TooSlowError(f"{len(at)} of {len(wanted)} leads are done")
        await asyncio.sleep(LOOK_SECONDS)


def _answered(call: Entry) -> float:
    return call.time.timestamp() + float(call["took_ms"]) / 1000


async def _until_called(crew: Crew, count: int, case: Case) -> None:
    patience = time.monotonic() + FLOOR_SECONDS
    while len(crew.calls()) < count:
        if time.monotonic() > patience:
            raise TooSlowError(f"no {count} calls were made")
        await asyncio.sleep(LOOK_SECONDS)


def _table(results: Sequence[Result], count: int, pace: float) -> Table:
    table = Table(title=f"B7: {count:,} leads at once, a provider that allows {pace:g}/s")
    table.add_column("what")
    for name in ("leads", "done after", "promised", "first in, first out", "others (cores)"):
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(
            result.what,
            f"{result.leads:,}",
            f"{result.took:,.1f} s",
            f"{result.promised:,.1f} s",
            f"{result.in_order:,.1f} s",
            f"{result.others:.2f}",
            style="red" if result.took > result.promised else "",
        )
    return table

"""`python -m bench [NAME …] [--quick]`: runs the benchmarks, each printing its table.

`capacity`, `grown`, `size` and `console` run only when they are named: half an hour; a quarter and 40 GB; an hour and
60 GB; ten minutes and 8 GB.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import click
from rich.console import Console

from bench.bound import run as bound
from bench.capacity import run as capacity
from bench.console import run as pages
from bench.digests import run as digests
from bench.emails import run as emails
from bench.end_to_end import run as end_to_end
from bench.end_to_end.measure import Phases
from bench.grown import run as grown
from bench.hanging import run as hanging
from bench.hop import run as hop
from bench.hop.run import STAGES, TRIES
from bench.hot_first import run as hot_first
from bench.memory import run as memory
from bench.platforms import run as platforms
from bench.scale_out import run as scale_out
from bench.size import run as size
from bench.size.scale import FULL, QUICK, SERVICES, Scale

LEADS_OF_A_HOP = 20_000
LEADS_OF_A_PLATFORM = 1_000
# The broker's compiler is busy for about half a minute after its start, with half a core.
WARM_UP_SECONDS = 30.0
# At each further rate: pools that grow, plans and caches.
LEAD_IN_SECONDS = 5.0
AT_ONCE = Phases(warm_up=1, lead_in=0.2, measured=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    quick: bool
    rounds: int
    leads: int | None
    jobs: int
    lanes: int
    rate: tuple[float, ...]
    seconds: float
    warm_up: float
    times: float
    only: tuple[str, ...]

    @property
    def turns(self) -> int:
        return 1 if self.quick else self.rounds


async def _hop(options: Options) -> None:
    count, tries = (200, 1) if options.quick else (options.leads or LEADS_OF_A_HOP, TRIES)
    stages = [stage for stage in STAGES if not options.only or stage in options.only]
    await hop.run(Console(width=110), count=count, rounds=options.turns, tries=tries, stages=stages)


async def _end_to_end(options: Options) -> None:
    await end_to_end.run(
        Console(width=140),
        rates=(10.0,) if options.quick else options.rate,
        phases=AT_ONCE
        if options.quick
        else Phases(options.warm_up, LEAD_IN_SECONDS, options.seconds),
        rounds=options.turns,
        chains=options.only,
    )


async def _capacity(options: Options) -> None:
    await capacity.run(
        Console(width=110),
        steps=(10.0, 20.0) if options.quick else capacity.STEPS,
        phases=AT_ONCE if options.quick else capacity.PHASES,
        rounds=options.turns,
        chains=options.only,
    )


async def _bound(options: Options) -> None:
    console = Console(width=130)
    if options.quick:
        await bound.run(console, rounds=1, cases=bound.CASES[1:2], lead_in=0.5, seconds=2)
    else:
        await bound.run(console, rounds=options.rounds)


async def _scale_out(options: Options) -> None:
    console = Console(width=130)
    if options.quick:
        await scale_out.run(console, rounds=1, lead_in=0.5, seconds=2, most=1)
    else:
        await scale_out.run(console, rounds=options.rounds)


async def _hot_first(options: Options) -> Collection[object]:
    count = 200 if options.quick else options.leads or hot_first.LEADS
    return await hot_first.run(Console(width=110), count=count)


async def _memory(options: Options) -> Collection[object]:
    load = memory.Load(rest=1, seconds=1, per_second=50) if options.quick else memory.Load()
    return await memory.run(Console(width=110), load=load)


async def _grown(options: Options) -> Collection[object]:
    console = Console(width=110)
    if options.quick:
        return await grown.run(console, most=2_000, rounds=1, count=200)
    return await grown.run(console, most=options.leads or grown.LEADS, rounds=options.rounds)


async def _hanging(options: Options) -> None:
    seconds = 2.0 if options.quick else hanging.ROUND_SECONDS
    await hanging.run(Console(width=110), rounds=options.turns, seconds=seconds)


async def _platforms(options: Options) -> None:
    count = 20 if options.quick else options.leads or LEADS_OF_A_PLATFORM
    await platforms.run(Console(width=140), count=count, times=options.times, adapters=options.only)


async def _emails(options: Options) -> Collection[object]:
    count = 300 if options.quick else options.leads or emails.EMAILS
    return await emails.run(Console(width=140), count=count)


async def _digests(options: Options) -> Collection[object]:
    count = 20 if options.quick else digests.RECIPIENTS
    return await digests.run(Console(width=110), recipients=count)


async def _size(options: Options) -> Collection[object]:
    scale = QUICK
    if not options.quick:
        scale = Scale(options.jobs, options.leads or FULL.leads, options.lanes)
    return await size.run(Console(width=150), scale=scale, services=options.only or SERVICES)


async def _pages(options: Options) -> Collection[object]:
    scale = QUICK
    if not options.quick:
        scale = Scale(options.jobs, options.leads or pages.LEADS, pages.LANES)
    times = 2 if options.quick else pages.TIMES
    return await pages.run(Console(width=110), scale=scale, times=times)


# Each returns what was over its limit, if it has any.
BENCHMARKS: Mapping[str, Callable[[Options], Awaitable[Collection[object] | None]]] = {
    "hop": _hop,
    "end_to_end": _end_to_end,
    "hanging": _hanging,
    "platforms": _platforms,
    "emails": _emails,
    "digests": _digests,
    "capacity": _capacity,
    "grown": _grown,
    "bound": _bound,
    "scale_out": _scale_out,
    "hot_first": _hot_first,
    "memory": _memory,
    "size": _size,
    "console": _pages,
}
WHEN_NAMED = {"capacity", "grown", "size", "console"}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(tuple(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="A handful of leads: shows that it runs, not how fast.")
@click.option("--rounds", default=3, show_default=True, help="How often each has its turn.")
@click.option(
    "--leads",
    type=int,
    help="hop: in a round [20000]; hot_first: at once [50000]; platforms: on each [1000]; emails: [20000]; "
    "grown, size: [10000000].",
)
@click.option("--jobs", default=FULL.jobs, show_default=True, help="size: finished ones.")
@click.option("--lanes", default=FULL.lanes, show_default=True, help="size: that rest, with jobs.")
@click.option(
    "--rate",
    multiple=True,
    type=float,
    default=(10.0, 50.0, 100.0),
    show_default=True,
    help="end_to_end: leads per second; several times for several rates.",
)
@click.option("--seconds", default=30.0, show_default=True, help="end_to_end: measured of a rate.")
@click.option(
    "--warm-up",
    default=WARM_UP_SECONDS,
    show_default=True,
    help="end_to_end: seconds of leads that do not count, after each start.",
)
@click.option(
    "--times",
    default=40.0,
    show_default=True,
    help="platforms: how much faster than in reality Wealthbox's five minutes pass.",
)
@click.option("--only", multiple=True, help="Only these stages, chains, adapters or services.")
def main(names: tuple[str, ...], *, quick: bool, **given: object) -> None:
    options = Options(quick=quick, **given)  # type: ignore[arg-type]  # click has made each of its type
    over: list[object] = []
    for name, benchmark in BENCHMARKS.items():
        if name in names or not (names or name in WHEN_NAMED):
            over += asyncio.run(_counted(benchmark(options)))
    # Few rows on a busy machine say nothing about time.
    sys.exit(bool(over) and not quick)


async def _counted(benchmark: Awaitable[Collection[object] | None]) -> Collection[object]:
    return await benchmark or ()


if __name__ == "__main__":
    main()

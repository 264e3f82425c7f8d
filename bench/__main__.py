"""`python -m bench [NAME …] [--quick]`: runs the benchmarks, each printing its table.

`size` and `console` run only when they are named: an hour and 60 GB; ten minutes and 8 GB.
"""

import asyncio
import sys

import click
from rich.console import Console

from bench.console import run as pages
from bench.end_to_end import run as end_to_end
from bench.end_to_end.measure import Phases
from bench.hanging import run as hanging
from bench.hop import run as hop
from bench.hop.run import STAGES, TRIES
from bench.platforms import run as platforms
from bench.size import run as size
from bench.size.scale import FULL, QUICK, SERVICES, Scale

BENCHMARKS = ("hop", "end_to_end", "hanging", "platforms")
WHEN_NAMED = ("size", "console")
LEADS_OF_A_HOP = 20_000
LEADS_OF_A_PLATFORM = 1_000
# The broker's compiler is busy for about half a minute after its start, with half a core.
WARM_UP_SECONDS = 30


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice((*BENCHMARKS, *WHEN_NAMED)))
@click.option("--quick", is_flag=True, help="A handful of leads: shows that it runs, not how fast.")
@click.option("--rounds", default=3, show_default=True, help="How often each has its turn.")
@click.option(
    "--leads",
    type=int,
    help="hop: in a round [20000]; platforms: on each [1000]; size: [10000000].",
)
@click.option("--jobs", default=FULL.jobs, show_default=True, help="size: finished ones.")
@click.option("--lanes", default=FULL.lanes, show_default=True, help="size: that rest, with jobs.")
@click.option("--rate", default=100.0, show_default=True, help="end_to_end: leads per second.")
@click.option("--seconds", default=30.0, show_default=True, help="end_to_end: measured in a round.")
@click.option(
    "--times",
    default=40.0,
    show_default=True,
    help="platforms: how much faster than in reality Wealthbox's five minutes pass.",
)
@click.option("--only", multiple=True, help="Only these stages, chains, adapters or services.")
def main(  # noqa: PLR0913 - one parameter for each option
    names: tuple[str, ...],
    *,
    quick: bool,
    rounds: int,
    leads: int | None,
    jobs: int,
    lanes: int,
    rate: float,
    seconds: float,
    times: float,
    only: tuple[str, ...],
) -> None:
    console = Console(width=110)
    if "hop" in (names or BENCHMARKS):
        count, turns, tries = (200, 1, 1) if quick else (leads or LEADS_OF_A_HOP, rounds, TRIES)
        stages = [stage for stage in STAGES if not only or stage in only]
        asyncio.run(hop.run(console, count=count, rounds=turns, tries=tries, stages=stages))
    if "end_to_end" in (names or BENCHMARKS):
        phases = Phases(10, 1, 2) if quick else Phases(rate, WARM_UP_SECONDS, seconds)
        turns = 1 if quick else rounds
        asyncio.run(end_to_end.run(console, phases=phases, rounds=turns, chains=only))
    if "hanging" in (names or BENCHMARKS):
        turns, length = (1, 2.0) if quick else (rounds, hanging.ROUND_SECONDS)
        asyncio.run(hanging.run(console, rounds=turns, seconds=length))
    if "platforms" in (names or BENCHMARKS):
        count = 20 if quick else leads or LEADS_OF_A_PLATFORM
        asyncio.run(platforms.run(Console(width=140), count=count, times=times, adapters=only))
    over: list[object] = []
    if "size" in names:
        scale = QUICK if quick else Scale(jobs, leads or FULL.leads, lanes)
        over += asyncio.run(size.run(Console(width=150), scale=scale, services=only or SERVICES))
    if "console" in names:
        scale = QUICK if quick else Scale(jobs, leads or pages.LEADS, pages.LANES)
        over += asyncio.run(pages.run(console, scale=scale, times=2 if quick else pages.TIMES))
    # Few rows on a busy machine say nothing about time.
    sys.exit(bool(over) and not quick)


if __name__ == "__main__":
    main()

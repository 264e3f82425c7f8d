"""`python -m bench [hop|end_to_end] [--quick]`: runs the benchmarks, each printing its table."""

import asyncio

import click
from rich.console import Console

from bench.end_to_end import run as end_to_end
from bench.end_to_end.measure import Phases
from bench.hop import run as hop
from bench.hop.run import STAGES, TRIES

BENCHMARKS = ("hop", "end_to_end")
# The broker's compiler is busy for about half a minute after its start, with half a core.
WARM_UP_SECONDS = 30


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(BENCHMARKS))
@click.option("--quick", is_flag=True, help="A handful of leads: shows that it runs, not how fast.")
@click.option("--rounds", default=3, show_default=True, help="How often each has its turn.")
@click.option("--leads", default=20_000, show_default=True, help="hop: leads in a round.")
@click.option("--rate", default=100.0, show_default=True, help="end_to_end: leads per second.")
@click.option("--seconds", default=30.0, show_default=True, help="end_to_end: measured in a round.")
@click.option("--only", multiple=True, help="Only these stages or chains.")
def main(  # noqa: PLR0913 - one parameter for each option
    names: tuple[str, ...],
    *,
    quick: bool,
    rounds: int,
    leads: int,
    rate: float,
    seconds: float,
    only: tuple[str, ...],
) -> None:
    console = Console(width=110)
    if "hop" in (names or BENCHMARKS):
        count, turns, tries = (200, 1, 1) if quick else (leads, rounds, TRIES)
        stages = [stage for stage in STAGES if not only or stage in only]
        asyncio.run(hop.run(console, count=count, rounds=turns, tries=tries, stages=stages))
    if "end_to_end" in (names or BENCHMARKS):
        phases = Phases(10, 1, 2) if quick else Phases(rate, WARM_UP_SECONDS, seconds)
        turns = 1 if quick else rounds
        asyncio.run(end_to_end.run(console, phases=phases, rounds=turns, chains=only))


if __name__ == "__main__":
    main()

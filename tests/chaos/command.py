"""The command behind `make chaos`."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from chaos.outcome import Report
from chaos.scenarios.failpoints import die_at_every_point
from chaos.scenarios.hangs import hang_receiver
from chaos.scenarios.kills import kill_services
from chaos.scenarios.outages import take_away
from chaos.scenarios.poison import flood_topic, poison_topics
from chaos.scenarios.replays import replay_twice
from chaos.scenarios.servers import lose_broker, lose_database
from chaos.scenarios.stops import join_and_leave, stop_services
from chaos.world import AS_DELIVERED, AT_SPEED, World

Run = Callable[..., Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class Scenario:
    run: Run
    # What the reliability figures were promised for.
    full: dict[str, Any]
    # Of these, the ones that `--scale` makes smaller.
    scaled: tuple[str, ...]
    # Other than the world's hasty ones.
    settings: Mapping[str, str] | None = None

    def size(self, scale: float) -> dict[str, Any]:
        return {
            name: max(1, round(value * scale)) if name in self.scaled else value
            for name, value in self.full.items()
        }


SCENARIOS = {
    "I1": Scenario(
        kill_services,
        {"leads": 10_000, "kills": 100, "every": 2.0},
        ("leads", "kills"),
        AT_SPEED,
    ),
    "I2": Scenario(die_at_every_point, {"rounds": 20, "sent_at_once": 100}, ("rounds",), AT_SPEED),
    "I3": Scenario(
        join_and_leave,
        {"leads": 24_000, "replicas": 3, "changes": 200, "per_second": 100.0},
        ("leads", "changes"),
        AT_SPEED,
    ),
    "I4": Scenario(
        lose_broker,
        {"leads": 12_000, "restarts": 20, "away": 60.0, "per_second": 100.0},
        ("leads", "restarts"),
        AT_SPEED,
    ),
    "I5": Scenario(
        lose_database,
        {"leads": 12_000, "restarts": 10, "read_only": 60.0, "per_second": 100.0},
        ("leads", "restarts"),
        AT_SPEED,
    ),
    "I8": Scenario(poison_topics, {"leads": 500, "every": 1}, ("leads",)),
    "I9": Scenario(flood_topic, {"leads": 200, "records": 5000}, ("leads", "records")),
    "I11": Scenario(hang_receiver, {"leads": 2000, "per_second": 30.0, "share": 0.1}, ("leads",)),
    "I13": Scenario(
        stop_services, {"leads": 4000, "stops": 100, "per_second": 20.0}, ("leads", "stops")
    ),
    "I14": Scenario(replay_twice, {"leads": 1000}, ("leads",)),
    "I16": Scenario(
        take_away, {"leads": 500, "away": (10.0, 60.0, 600.0)}, ("leads",), AS_DELIVERED
    ),
}


@click.command("chaos")
@click.option("--only", multiple=True, type=click.Choice(list(SCENARIOS)), help="Some of them.")
@click.option("--scale", default=1.0, show_default=True, help="A part of the full size.")
@click.option("--repeat", default=1, show_default=True, help="Each so many times.")
def main(*, only: tuple[str, ...], scale: float, repeat: int) -> None:
    """Kill, stop and restart things at full size, and print what came of it."""
    # Its own clients say, over and over, that the broker is away.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    reports = asyncio.run(_run(list(only or SCENARIOS) * repeat, scale))
    Console().print(_table(reports))
    sys.exit(any(report.faults for report in reports))


async def _run(names: list[str], scale: float) -> list[Report]:
    """In worlds that several scenarios share, one after the other, if they have the same settings."""
    reports = []
    worlds = groupby(names, key=lambda name: SCENARIOS[name].settings)
    for settings, together in worlds:
        async with World(settings) as world:
            reports += [await _run_one(world, name, scale) for name in together]
    return reports


async def _run_one(world: World, name: str, scale: float) -> Report:
    scenario = SCENARIOS[name]
    size = scenario.size(scale)
    click.echo(f"{name} {size} …")
    started = time.monotonic()
    report = await scenario.run(world, **size)
    report.figures["seconds"] = round(time.monotonic() - started)
    # At once: whoever ends an hour's run early has what came before.
    click.echo("  " + ", ".join(f"{name}: {value}" for name, value in report.figures.items()))
    for fault in report.faults:
        click.echo(f"  {fault}")
    return report


def _table(reports: list[Report]) -> Table:
    table = Table("scenario", "figures", "faults", show_lines=True)
    for report in reports:
        figures = "\n".join(f"{name}: {value}" for name, value in report.figures.items())
        table.add_row(report.scenario, figures, "\n".join(report.faults) or "none")
    return table

"""How a scenario ended: waits until nothing moves any more, and lets the judge speak."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.crowd import Crowd
from chaos.fleet import Fleet
from chaos.judge import Interruptions, Judge, Verdict
from chaos.waiting import Patience
from chaos.world import World
from leadstream.postgres import UNAVAILABLE
from leadstream.postgres.queries import Queries

_FILE = Path(__file__).with_name("outcome.sql")
SQL = Queries(_FILE.name, _FILE.read_text(encoding="utf-8"))
LOOK_SECONDS = 0.3
# An event is in no table while it is on its way through Kafka.
QUIET_LOOKS = 3
# Bounds for a machine that others use, too; what is done is noticed at once.
PATIENCE = 80.0
SLOWEST_PER_SECOND = 10


@dataclass(slots=True)
class Report:
    """What `make chaos` prints of a scenario."""

    scenario: str
    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def settle(world: World, crowd: Crowd, longest: float = PATIENCE) -> Verdict:
    """Wait until all is done, or until nothing has moved for long enough to say that it never will be."""
    patience = Patience(longest + len(crowd.companies) / SLOWEST_PER_SECOND)
    quiet = 0
    while True:
        world.fleet.check()
        quiet = quiet + 1 if await is_quiet(world) else 0
        is_over = patience.is_over()
        if quiet >= QUIET_LOOKS or is_over:
            verdict = Judge(world.ledger, crowd, interruptions_of(world.fleet)).verdict()
            if verdict.complete or is_over:
                return verdict
        await asyncio.sleep(LOOK_SECONDS)


async def report_of(name: str, world: World, crowd: Crowd, *, longest: float = PATIENCE) -> Report:
    """Wait for the end, judge it, and add what only the services' own tables can say."""
    fleet, started = world.fleet, time.monotonic()
    verdict = await settle(world, crowd, longest)
    report = Report(name, faults=verdict.all_faults())
    report.faults += [
        f"{death.service} ended by itself with {death.code}: {death.said}"
        for death in fleet.unmeant()
    ]
    report.figures |= {
        "leads": verdict.leads,
        "seconds to the end": round(time.monotonic() - started, 1),
        "Slack repeats": verdict.slack_repeats,
        "paid twice": verdict.clay_repeats,
    }
    await _check_repeats(report, verdict, fleet)
    await _check_tables(report, world, crowd)
    return report


def interruptions_of(fleet: Fleet) -> Interruptions:
    return Interruptions(
        delivery=fleet.deaths_of("delivery"), enrichment=fleet.deaths_of("enrichment")
    )


async def _check_repeats(report: Report, verdict: Verdict, fleet: Fleet) -> None:
    counted = await fleet.counted_repeats()
    report.figures["counted by the metric"] = int(counted)
    if verdict.slack_repeats - verdict.unheard_repeats > counted:
        report.faults.append(
            f"{verdict.slack_repeats} Slack messages were repeated, {counted:g} were counted"
        )


async def _check_tables(report: Report, world: World, crowd: Crowd) -> None:
    uploads = sum(company.is_uploaded for company in crowd.companies.values())
    billed = await world.rows(SQL.billed, crowd.workspace)
    if (billed[0]["events"], billed[0]["leads"]) != (uploads, uploads):
        found = f"{billed[0]['events']} billing events for {billed[0]['leads']} leads"
        report.faults.append(f"{found}, {uploads} were uploaded")
    for row in await _unfinished_leads(world, crowd):
        report.faults.append(f"{row['count']} leads end as {row['state']}")
    for row in await world.rows(SQL.failed_jobs, crowd.workspace):
        report.faults.append(f"{row['count']} {row['kind']} jobs {row['state']}: {row['error']}")


async def _unfinished_leads(world: World, crowd: Crowd) -> list[Any]:
    """The leads that discovery still shows on their way, after it has had time to hear of them all.

    A discovery that was killed last reads again only once the group has noticed: the ledger is complete before.
    """
    patience = Patience(PATIENCE)
    while True:
        rows = await world.rows(SQL.unfinished_leads, crowd.workspace)
        if not rows or patience.is_over():
            return rows
        await asyncio.sleep(LOOK_SECONDS)


async def is_quiet(world: World) -> bool:
    try:
        return not await world.value(SQL.unfinished)
    except UNAVAILABLE:
        return False

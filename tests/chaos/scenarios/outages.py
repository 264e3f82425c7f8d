"""I16: whoever the pipeline calls goes away for a while and comes back, with settings as they are delivered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chaos.crowd import Crowd
from chaos.outcome import Report, report_of
from chaos.waiting import until
from chaos.world import LATENCY, PROVIDERS, World

SERVERS = ("postgres", "kafka")
EVERYBODY = (*PROVIDERS, *SERVERS)
# The longest rest of a circuit, and two rounds of attempts besides.
COMING_BACK = 300.0 + 150.0
BUSY = 10


@dataclass(frozen=True, slots=True)
class Outage:
    """Who is away, and how to take it away and bring it back."""

    who: str
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]


async def take_away(
    world: World, *, leads: int, away: Sequence[float], whom: Sequence[str] = EVERYBODY
) -> Report:
    """Take each away in its turn, for each of the times, while leads are on their way."""
    report = Report("I16 outages")
    world.fleet.forget()
    for who in whom:
        for seconds in away:
            one = await _one_outage(world, outage_of(world, who), leads=leads, seconds=seconds)
            report.faults += [f"{who} away for {seconds:g} s: {fault}" for fault in one.faults]
            report.figures |= {f"{who}, {seconds:g} s: {k}": v for k, v in one.figures.items()}
    return report


async def take_all_away(
    world: World, *, leads: int, seconds: float, whom: Sequence[str] = PROVIDERS
) -> Report:
    """All of them at once: what they cost together is what the slowest of them costs."""
    world.fleet.forget()
    outages = [outage_of(world, who) for who in whom]

    async def begin() -> None:
        await asyncio.gather(*(each.begin() for each in outages))

    async def end() -> None:
        await asyncio.gather(*(each.end() for each in outages))

    return await _one_outage(world, Outage("all", begin, end), leads=leads, seconds=seconds)


def outage_of(world: World, who: str) -> Outage:
    match who:
        case "postgres":
            return Outage(who, world.postgres.kill, world.postgres.start)
        case "kafka":
            return Outage(who, world.kafka.kill, world.kafka.start)
        case _:
            return _away_provider(world, who)


def _away_provider(world: World, who: str) -> Outage:
    control = world.sandbox.control

    async def begin() -> None:
        await control.behave(who, errors={"rate": 1.0, "status": 503})

    async def end() -> None:
        await control.clear(who)
        await control.behave(who, latency=LATENCY)

    return Outage(who, begin, end)


async def _one_outage(world: World, outage: Outage, *, leads: int, seconds: float) -> Report:
    crowd = Crowd(world.slug("outage"), leads)
    await crowd.prepare(world)
    if outage.who == "datashopper":
        await outage.begin()
    busy = _calls(world) + min(BUSY, leads)
    await crowd.send_by_night(world.fleet["scheduler"][0])
    if outage.who != "datashopper":
        # So that it is in the middle of it.
        await until(lambda: _has_calls(world, busy), within=60)
        await outage.begin()
    await asyncio.sleep(seconds)
    await outage.end()
    back = datetime.now(UTC)
    report = await report_of(f"I16 {outage.who}", world, crowd, longest=COMING_BACK)
    last = max(entry.time for entry in world.ledger.entries())
    took = (last - back).total_seconds()
    return Report(report.scenario, {"seconds to the last": round(took, 1)}, report.faults)


def _calls(world: World) -> int:
    return len(world.ledger.entries(provider="clay"))


async def _has_calls(world: World, count: int) -> bool:
    return _calls(world) >= count

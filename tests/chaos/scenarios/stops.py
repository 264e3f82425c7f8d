"""I3 and I13: processes that come and go as they do when a release is rolled out."""

import asyncio
import random

from chaos.crowd import Crowd
from chaos.fleet import GRACE_SECONDS
from chaos.outcome import Report, report_of
from chaos.world import World


async def stop_services(world: World, *, leads: int, stops: int, per_second: float) -> Report:
    """SIGTERM one service after the other, under load: what they have begun, they end."""
    crowd = Crowd(world.slug("stops"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    sending = asyncio.create_task(crowd.send_by_records(world, per_second=per_second))
    replicas = world.fleet.replicas
    for number in range(stops):
        await asyncio.sleep(0.5)
        await world.fleet.terminate(replicas[number % len(replicas)])
    await sending
    report = await report_of("I13 SIGTERM", world, crowd)
    _judge_stops(report, world)
    return report


async def join_and_leave(
    world: World, *, leads: int, replicas: int, changes: int, per_second: float, seed: int = 3
) -> Report:
    """Several replicas of each service, of which one or another leaves and joins again under load."""
    dice = random.Random(seed)  # noqa: S311 - chaos, not secrets
    fleet = world.fleet
    crowd = Crowd(world.slug("joins"), leads)
    fleet.forget()
    await crowd.prepare(world)
    names = [replica.spec.name for replica in fleet.replicas]
    for name in names:
        await fleet.scale(name, replicas)
    sending = asyncio.create_task(crowd.send_by_records(world, per_second=per_second))
    for _ in range(changes):
        await asyncio.sleep(dice.uniform(0, 1))
        await fleet.terminate(dice.choice(fleet.replicas))
    await sending
    report = await report_of("I3 joins and leaves", world, crowd)
    _judge_stops(report, world)
    for name in names:
        await fleet.scale(name, 1)
    return report


def _judge_stops(report: Report, world: World) -> None:
    stops = world.fleet.stops
    report.figures["stops"] = len(stops)
    report.figures["slowest stop"] = round(max(stop.seconds for stop in stops), 1)
    report.faults += [
        f"{stop.service} took {stop.seconds:.1f} s to end with {stop.code}"
        for stop in stops
        if stop.code != 0 or stop.seconds > GRACE_SECONDS
    ]

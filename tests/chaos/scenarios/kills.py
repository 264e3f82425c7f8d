"""I1: processes that die at any instant."""

import asyncio
import random
from collections import Counter

from chaos.crowd import Crowd
from chaos.outcome import Report, report_of
from chaos.world import World


async def kill_services(
    world: World, *, leads: int, kills: int, every: float, seed: int = 1
) -> Report:
    """`kill -9` one service after the other, at moments that nobody chose, while leads are on their way."""
    crowd = Crowd(world.slug("kills"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    await crowd.send_by_night(world.fleet["scheduler"][0])
    await _kill(world, kills, every, random.Random(seed))  # noqa: S311 - chaos, not secrets
    report = await report_of("I1 kill -9", world, crowd)
    deaths = world.fleet.deaths
    report.figures["kills"] = dict(Counter(death.service for death in deaths if death.meant))
    return report


async def _kill(world: World, kills: int, every: float, dice: random.Random) -> None:
    """Each of the five as often as the others, as far as that goes."""
    replicas = world.fleet.replicas
    order = [replicas[number % len(replicas)] for number in range(kills)]
    dice.shuffle(order)
    for replica in order:
        await asyncio.sleep(dice.uniform(0, 2 * every))
        await world.fleet.kill(replica)

"""I4 and I5: the broker and the database go away and come back, under load."""

import asyncio
import time

from chaos.crowd import Crowd
from chaos.groups import is_level, lag
from chaos.outcome import SQL, Report, report_of
from chaos.waiting import until
from chaos.world import World


async def lose_broker(
    world: World, *, leads: int, restarts: int, away: float, per_second: float
) -> Report:
    """Restart the broker several times, then kill it and leave it away for a while."""
    crowd = Crowd(world.slug("broker"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    sending = asyncio.create_task(crowd.send_by_records(world, per_second=per_second))
    for _ in range(restarts):
        await asyncio.sleep(2)
        await world.kafka.restart()
    await asyncio.sleep(1)
    await world.kafka.kill()
    await asyncio.sleep(away)
    await world.kafka.start()
    back = time.monotonic()
    await sending
    report = await report_of("I4 broker", world, crowd)
    report.figures["seconds from its return to the end"] = round(time.monotonic() - back, 1)
    # Offsets are committed a moment after what they stand for.
    await until(lambda: is_level(world.kafka_config), within=30)
    behind = await lag(world.kafka_config)
    report.faults += [f"{group} is {count} records behind" for group, count in behind.items()]
    return report


async def lose_database(
    world: World, *, leads: int, restarts: int, read_only: float, per_second: float
) -> Report:
    """Restart Postgres several times, the last time by force, and make it read-only for a while."""
    crowd = Crowd(world.slug("database"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    sending = asyncio.create_task(crowd.send_by_records(world, per_second=per_second))
    for _ in range(restarts):
        await asyncio.sleep(2)
        await world.postgres.restart()
    await asyncio.sleep(2)
    await world.postgres.kill()
    await world.postgres.start()
    await asyncio.sleep(2)
    await _alter(world, SQL.read_only)
    await asyncio.sleep(read_only)
    await _alter(world, SQL.writable)
    await sending
    return await report_of("I5 database", world, crowd)


async def _alter(world: World, statement: str) -> None:
    await world.rows(statement)
    await world.rows(SQL.reload)

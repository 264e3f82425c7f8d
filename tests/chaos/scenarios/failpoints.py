"""I2: processes that die exactly between two steps."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import get_args

import httpx

from chaos.crowd import Company, Crowd
from chaos.outcome import Report, report_of
from chaos.world import NICENESS, World
from leadstream.failpoints import Failpoint
from leadstream_dev.ports import choose_port
from leadstream_dev.services import Replica

ALL: Sequence[str] = get_args(Failpoint)
# The scheduler consumes nothing and has no jobs: all it can die in is the relay.
POINTS = {"scheduler": ("broker_acked", "outbox_deleted")}
# Later than the ordinary replicas' numbers.
NUMBER = 90
# Found by a night; as many as a test needs are sent by somebody else.
FOUND_AT_ONCE = 2
# Enough for a round on a slow machine.
QUERIES_A_ROUND = 4
PATIENCE = 90.0


class Walk:
    """Each service goes through its fail-points one after the other, all side by side, while leads come in."""

    def __init__(self, world: World, *, rounds: int, sent_at_once: int) -> None:
        self._world = world
        self._rounds = rounds
        self._sent_at_once = sent_at_once
        self._crowd = Crowd(world.slug("points"), 10, queries=QUERIES_A_ROUND * rounds)
        self._scheduler = world.fleet["scheduler"][0]
        self._sent: list[Company] = []
        self.died: list[str] = []
        self.survived: list[str] = []

    async def run(self) -> Report:
        fleet = self._world.fleet
        fleet.forget()
        await self._crowd.prepare(self._world)
        services = [replica.spec.name for replica in fleet.replicas]
        walking = asyncio.gather(*(self._walk(service) for service in services))
        feeding = asyncio.create_task(self._feed())
        try:
            await walking
        finally:
            feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await fleet.ready()
        # Whoever a night that nobody ran would have found.
        await self._crowd.send_by_night(self._scheduler)
        # The last of them may not have been sent when the feeding was cancelled.
        await self._crowd.send(self._world, self._sent[-self._sent_at_once :])
        return await self._report()

    async def _report(self) -> Report:
        report = await report_of("I2 fail-points", self._world, self._crowd)
        report.figures["deaths"] = len(self.died)
        report.faults += [f"{each} was not reached" for each in self.survived]
        return report

    async def _walk(self, service: str) -> None:
        fleet = self._world.fleet
        standing = fleet[service][0]
        await fleet.take_down(standing)
        for turn in range(self._rounds):
            for point in POINTS.get(service, ALL):
                await self._die(standing, point, passes=turn % 3 + 1)
        if service == "scheduler":
            self._scheduler = standing
        await fleet.put_up(standing)

    async def _die(self, standing: Replica, point: str, *, passes: int) -> None:
        name = standing.spec.name
        replica = Replica(
            standing.spec,
            env={
                **self._world.environment(),
                "LEADSTREAM_FAILPOINTS": f"{point}:{passes}",
                # The next one takes the partitions over at once, in place of the dead one.
                "KAFKA_INSTANCE_ID": f"{name}-walker",
            },
            port=choose_port(),
            number=NUMBER,
            home=self._world.home,
            niceness=NICENESS,
        )
        if name == "scheduler":
            self._scheduler = replica
        replica.start()
        self._world.fleet.guests.append(replica)
        try:
            code = await replica.exited(within=PATIENCE)
        except TimeoutError:
            self.survived.append(f"{name} {point}")
            await replica.stop()
            return
        finally:
            self._world.fleet.guests.remove(replica)
        if code != -9:
            self.survived.append(f"{name} {point} (it ended with {code}: {replica.log_tail(3)})")
        self._world.fleet.note_kill(replica)
        self.died.append(f"{name} {point}")

    async def _feed(self) -> None:
        """Work for everyone: nights that find new companies, and leads that come from elsewhere."""
        while True:
            query = await self._crowd.let_find(self._world, FOUND_AT_ONCE)
            with suppress(httpx.HTTPError):
                await self._crowd.send_by_night(self._scheduler, query)
            self._sent += self._crowd.grow(self._sent_at_once)
            await self._crowd.send(self._world, self._sent[-self._sent_at_once :])
            await asyncio.sleep(1)


async def die_at_every_point(world: World, *, rounds: int, sent_at_once: int = 2) -> Report:
    """`sent_at_once`: leads that come from elsewhere, about once a second."""
    return await Walk(world, rounds=rounds, sent_at_once=sent_at_once).run()

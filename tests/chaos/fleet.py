"""The services as processes: killed, asked to stop, revived, and everything that happened to them on record."""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from chaos.waiting import Patience
from leadstream_dev.services import Replica, Services

REPEATS = "leadstream_possible_repeats_total"
LOOK_SECONDS = 0.05
# Running jobs have 8 s to end (DRAIN_TIMEOUT), and a container 30.
GRACE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Death:
    """A process of a service that ended, by us or by itself."""

    service: str
    at: datetime
    code: int
    # Whether we ended it.
    meant: bool
    # Since when it may have counted what nobody has read.
    heard: datetime
    # The last lines of its log, if we did not end it.
    said: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    service: str
    code: int
    seconds: float


class Fleet:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.deaths: list[Death] = []
        self.stops: list[Stop] = []
        self._down: set[str] = set()
        self._noted: set[int] = set()
        # Of each process, by pid, what it had counted when it was last asked.
        self._repeats: dict[int, float] = {}
        self._heard: dict[int, datetime] = {}
        self._repeats_before = 0.0
        self._began = datetime.now(UTC)
        # Replicas that somebody else starts and ends; only counted here.
        self.guests: list[Replica] = []
        self._tasks: list[asyncio.Task[None]] = []

    def __getitem__(self, service: str) -> list[Replica]:
        return self.services[service]

    @property
    def replicas(self) -> list[Replica]:
        return list(self.services)

    async def __aenter__(self) -> Self:
        await self.services.start(within=120)
        self._tasks = [asyncio.create_task(each) for each in (self._revive(), self._count())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.services.stop()

    async def kill(self, replica: Replica) -> None:
        """`kill -9`; it is started again at once."""
        if not replica.running:
            return
        await self._ask(replica)
        self._note(replica.pid, replica, code=-9, meant=True)
        await replica.kill()

    async def terminate(self, replica: Replica) -> Stop:
        """SIGTERM, and start it again once it has ended."""
        # One that still starts is ended by the signal like any program, and has nothing under way to end well.
        await replica.wait_ready(within=60)
        self._down.add(replica.name)
        await self._ask(replica)
        self._noted.add(replica.pid)
        started = time.monotonic()
        code = await replica.stop(grace=GRACE_SECONDS + 5)
        stop = Stop(replica.spec.name, code, time.monotonic() - started)
        self.stops.append(stop)
        self._down.discard(replica.name)
        replica.start()
        return stop

    async def take_down(self, replica: Replica) -> None:
        """Stop it, and leave it stopped."""
        self._down.add(replica.name)
        await self._ask(replica)
        self._noted.add(replica.pid)
        await replica.stop()

    async def put_up(self, replica: Replica) -> None:
        self._down.discard(replica.name)
        replica.start()

    async def scale(self, service: str, count: int) -> None:
        """Have that many replicas of a service."""
        surplus = self.services[service][count:]
        self._down |= {replica.name for replica in surplus}
        for replica in surplus:
            await self._ask(replica)
            self._noted.add(replica.pid)
        await self.services.scale(service, count)
        self._down -= {replica.name for replica in self.services[service]}

    async def ready(self, *, within: float = 60.0) -> None:
        """Wait until every replica that should run is ready."""
        patience = Patience(within)
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            while not all([await _is_ready(client, replica) for replica in self._wanted()]):
                if patience.is_over():
                    raise TimeoutError("the services are not ready again")
                await asyncio.sleep(0.1)

    def forget(self) -> None:
        """A new scenario begins: what happened to earlier ones is not its."""
        self.deaths.clear()
        self.stops.clear()
        self._repeats_before = sum(self._repeats.values())
        self._began = datetime.now(UTC)

    def check(self) -> None:
        """Raise what has ended the harness's own watch, if anything has."""
        for task in self._tasks:
            if task.done():
                task.result()

    def unmeant(self) -> list[Death]:
        """Processes that ended by themselves."""
        return [death for death in self.deaths if not death.meant]

    def deaths_of(self, service: str) -> list[Death]:
        return [death for death in self.deaths if death.service == service]

    async def counted_repeats(self) -> float:
        """Slack messages that the services know may have been posted twice."""
        await asyncio.gather(*(self._ask(replica, within=30) for replica in self["delivery"]))
        return sum(self._repeats.values()) - self._repeats_before

    def _wanted(self) -> list[Replica]:
        return [replica for replica in self.services if replica.name not in self._down]

    async def _revive(self) -> None:
        while True:
            for replica in self._wanted():
                if not replica.running:
                    self._note(replica.pid, replica, code=replica.returncode or 0, meant=False)
                    replica.start()
            await asyncio.sleep(LOOK_SECONDS)

    def note_kill(self, replica: Replica) -> None:
        """A process that is not ours to revive was killed, or killed itself where it was asked to."""
        self._note(replica.pid, replica, code=-9, meant=True)

    def _note(self, pid: int, replica: Replica, *, code: int, meant: bool) -> None:
        if pid not in self._noted:
            self._noted.add(pid)
            said = "" if meant else replica.log_tail(3)
            service = replica.spec.name
            # One that never answered has begun after the one before it had ended.
            before = max((death.at for death in self.deaths_of(service)), default=self._began)
            heard = self._heard.get(pid, before)
            self.deaths.append(Death(service, datetime.now(UTC), code, meant, heard, said))

    async def _count(self) -> None:
        """Counters die with their process, so they are read often."""
        while True:
            for replica in [*self["delivery"], *self.guests]:
                await self._ask(replica)
            await asyncio.sleep(0.3)

    async def _ask(self, replica: Replica, *, within: float = 1.0) -> None:
        if replica.spec.name != "delivery" or not replica.running:
            return
        pid, asked = replica.pid, datetime.now(UTC)
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(trust_env=False, timeout=within) as client:
                answer = await client.get(f"{replica.url}/metrics")
            self._repeats[pid] = _sum_of(answer.text, REPEATS)
            self._heard[pid] = asked


def _sum_of(exposition: str, metric: str) -> float:
    totals: dict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            totals[sample.name] += sample.value
    return totals[metric]


async def _is_ready(client: httpx.AsyncClient, replica: Replica) -> bool:
    try:
        return (await client.get(f"{replica.url}/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False

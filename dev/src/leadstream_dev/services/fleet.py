"""The five services, with any number of replicas of each."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from leadstream_dev.home import Home
from leadstream_dev.ports import choose_port
from leadstream_dev.services.replica import Replica
from leadstream_dev.services.spec import SERVICES, ServiceSpec

_LOOK_EVERY = 0.2


class Services:
    def __init__(
        self,
        *,
        env: Mapping[str, str],
        specs: Sequence[ServiceSpec] = SERVICES,
        replicas: int | Mapping[str, int] = 1,
        usual_ports: bool = False,
        home: Home | None = None,
        niceness: int = 0,
    ) -> None:
        """Set the services up; `env` goes on top of this process's own environment.

        With `usual_ports` the first replica of each takes 8001 to 8005 where those are free. Others go before them by
        `niceness`.
        """
        self._env = env
        self._home = home or Home.default()
        self._usual_ports = usual_ports
        self._niceness = niceness
        self._specs = {spec.name: spec for spec in specs}
        self._replicas: dict[str, list[Replica]] = {}
        for name in self._specs:
            count = replicas if isinstance(replicas, int) else replicas.get(name, 1)
            self._replicas[name] = [self._make(name, number) for number in range(1, count + 1)]

    def __getitem__(self, name: str) -> list[Replica]:
        """Return the replicas of a service, by its folder's name."""
        return self._replicas[name]

    def __iter__(self) -> Iterator[Replica]:
        for replicas in list(self._replicas.values()):
            yield from list(replicas)

    def urls(self) -> dict[str, str]:
        """Return the variables by which the CLI finds the services."""
        return {
            self._specs[name].url_variable: replicas[0].url
            for name, replicas in self._replicas.items()
            if replicas
        }

    async def migrate(self) -> None:
        """Bring every service's schema to head; raise StackError with the last lines of one that fails."""
        # One after the other: interpreters starting side by side only share the same cores.
        for name in self._specs:
            await self._make(name, 0).migrate()

    async def start(self, *, within: float = 60.0) -> None:
        """Start every replica and wait until all are ready; if one is not, stop all and raise StackError."""
        try:
            for replica in self:
                replica.start()
            await asyncio.gather(*(replica.wait_ready(within=within) for replica in self))
        except BaseException:
            await self.stop()
            raise

    async def stop(self, *, grace: float = 15.0) -> dict[str, int]:
        """Stop every replica that runs; return their exit codes by name."""
        running = [replica for replica in self if replica.running]
        codes = await asyncio.gather(*(replica.stop(grace=grace) for replica in running))
        return {replica.name: code for replica, code in zip(running, codes, strict=True)}

    async def scale(self, name: str, count: int) -> None:
        """Start or stop replicas of a service until there are `count`, the last ones first."""
        replicas = self._replicas[name]
        added = [self._make(name, number) for number in range(len(replicas) + 1, count + 1)]
        removed = replicas[count:]
        self._replicas[name] = [*replicas[:count], *added]
        for replica in added:
            replica.start()
        await asyncio.gather(
            *(replica.wait_ready() for replica in added),
            *(replica.stop() for replica in removed if replica.running),
        )

    async def keep_running(self) -> None:
        """Start again what ends by itself, with growing waits, as a container runtime does; until cancelled."""
        while True:
            for replica in self:
                replica.revive()
            await asyncio.sleep(_LOOK_EVERY)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _make(self, name: str, number: int) -> Replica:
        spec = self._specs[name]
        usual = spec.port if self._usual_ports and number == 1 else 0
        return Replica(
            spec,
            env=self._env,
            port=choose_port(usual),
            number=number,
            home=self._home,
            niceness=self._niceness,
        )

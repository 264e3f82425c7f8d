"""A page that waits for nobody: who has not answered by then is away as far as it is concerned."""

import asyncio
from dataclasses import dataclass
from typing import Any, TypeVar

from console.application.ports import Api
from leadstream.admin.answers import HealthBody
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError, AwayError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hurry:
    """Asks as `api` does, each time for so many seconds at most."""

    api: Api
    seconds: float

    async def ask(self, call: Call[T]) -> T:
        try:
            async with asyncio.timeout(self.seconds):
                return await self.api.ask(call)
        except TimeoutError:
            raise self._late(call.service) from None

    async def try_(self, call: Call[T]) -> T | AdminError:
        try:
            return await self.ask(call)
        except AdminError as exc:
            return exc

    async def all(self, *calls: Call[Any]) -> Any:
        return tuple(await asyncio.gather(*map(self.try_, calls)))

    async def readiness(self, service: str) -> HealthBody | AdminError:
        try:
            async with asyncio.timeout(self.seconds):
                return await self.api.readiness(service)
        except TimeoutError:
            return self._late(service)

    def _late(self, service: str) -> AwayError:
        return AwayError(service, f"has not answered within {self.seconds:g} s")

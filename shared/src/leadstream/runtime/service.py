"""What makes five services one machine: each says what it consists of, the runtime does the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from fastapi import APIRouter

from leadstream.clock import Clock
from leadstream.jobs.kinds import JobKind
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.handlers import EventHandler
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from leadstream.removal import NOTHING, Holdings
from leadstream.retention import Rule
from leadstream.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

# Runs until the event is set, then returns.
Loop = Callable[[asyncio.Event], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources(Generic[S]):
    """What a service is given to build its parts from."""

    settings: S
    database: Database
    board: PauseBoard
    clock: Clock
    kafka: KafkaConfig
    # Jobs or outbox rows were written outside intake and worker: look now.
    wake: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service consists of."""

    kinds: Sequence[JobKind] = ()
    # By topic. Without any, the service consumes nothing.
    handlers: Mapping[str, EventHandler] = field(default_factory=dict)
    # How long records may collect before they are taken in together: for a service that nobody waits for.
    linger: timedelta = timedelta(0)
    # Under /api/admin, behind the tokens.
    routers: Sequence[APIRouter] = ()
    # Reached without a token.
    public: Sequence[APIRouter] = ()
    loops: Sequence[Loop] = ()
    # What it has of a workspace.
    holdings: Holdings = NOTHING
    # How long rows of its own tables are kept.
    retention: Sequence[Rule] = ()
    # Called last, in order.
    close: Sequence[Callable[[], Awaitable[None]]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[S]):
    """A service as the runtime sees it. `name` is the folder and consumer group; `package` also names the schema."""

    name: str
    package: str
    settings: type[S]
    # Puts the parts together and touches nothing outside: what describes the service, such as its OpenAPI
    # document, needs no database.
    assemble: Callable[[Resources[S]], Awaitable[Parts]]
    # What must be done before the parts may work.
    prepare: Callable[[Resources[S]], Awaitable[None]] | None = None

    async def build(self, resources: Resources[S]) -> Parts:
        """The parts, ready to work."""
        if self.prepare is not None:
            await self.prepare(resources)
        return await self.assemble(resources)

    @property
    def packages(self) -> list[str]:
        """Where its migrations are, in the order in which they apply."""
        return ["leadstream.postgres", self.package]

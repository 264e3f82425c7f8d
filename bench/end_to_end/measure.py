"""One chain at work: leads at a steady pace, when the platform had each, and what it took."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

from bench.end_to_end.chain import PLATFORM, Chain
from bench.end_to_end.load import Pace
from bench.end_to_end.ours import leadstream
from bench.end_to_end.peers.run import peer
from bench.processes import Company, cpu_seconds
from bench.servers import Servers, servers
from leadstream_dev.sandbox import Ledger, Sandbox

Opened: TypeAlias = AbstractAsyncContextManager[Chain]
OURS: Final = "Leadstream"
CHAINS: Final[dict[str, Callable[[Servers, Sandbox], Opened]]] = {
    OURS: leadstream,
    "Faust": partial(peer, "faust_stage"),
    "FastStream": partial(peer, "faststream_stage"),
}
# Leads that are not there so long after the last one was sent are counted as missing.
PATIENCE_SECONDS = 30.0
# When a lead arrived says the ledger, and looking costs the chain its processor, the more, the longer the ledger is: so
# much of one at most.
LOOK_SECONDS = 0.25
LOOK_SHARE = 0.05
# The broker's compiler learns from what it does: more of it than the lowest rates have, less than any chain's limit.
WARM_UP_RATE = 50.0


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds: before anything is measured, of each rate before it is, and measured."""

    warm_up: float
    lead_in: float
    measured: float


@dataclass(frozen=True, slots=True)
class Result:
    chain: str
    per_second: float
    sent: int
    # Seconds from when a lead was due to the platform's acceptance, in order; of those that arrived.
    latencies: list[float]
    # Leads whose upload the platform was asked to take more than once.
    repeats: int
    # Processor milliseconds a lead: of the chain's own processes, of Postgres and Kafka, of the load and the sandbox.
    own: float
    served: float
    aids: float
    # Cores that were busy with something else.
    others: float

    @property
    def cpu(self) -> float:
        """Processor milliseconds that a lead costs whoever runs the chain."""
        return self.own + self.served

    def percentile(self, share: float) -> float:
        """Seconds; of all that were sent: what never arrived took for ever."""
        rank = min(int(share * self.sent), self.sent - 1)
        return self.latencies[rank] if rank < len(self.latencies) else float("inf")


@dataclass(frozen=True, slots=True)
class Stage:
    """A chain that runs, on servers of its own."""

    name: str
    servers: Servers
    sandbox: Sandbox
    chain: Chain

    async def warm_up(self, seconds: float) -> None:
        await self._send(WARM_UP_RATE, seconds)

    async def measure(self, per_second: float, phases: Phases) -> Result:
        """Send leads at this rate, of which the first do not count.

        What they cost is counted until the last has arrived: what a chain can't keep up with is work that it still has.
        """
        await self._send(per_second, phases.lead_in)
        company, before = Company(), self._burnt()
        pace = await self._send(per_second, phases.measured)
        others, after = company.cores(), self._burnt()
        accepted, repeats = _accepted(self.sandbox.ledger, set(pace.due))
        own, served, aids = (
            (late - early) * 1000 / len(pace.due) for late, early in zip(after, before, strict=True)
        )
        return Result(
            chain=self.name,
            per_second=per_second,
            sent=len(pace.due),
            latencies=sorted(at - pace.due[lead_id] for lead_id, at in accepted.items()),
            repeats=repeats,
            own=own,
            served=served,
            aids=aids,
            others=others,
        )

    async def _send(self, per_second: float, seconds: float) -> Pace:
        """Return once all have arrived, or nobody waits for the rest any longer."""
        chain = self.chain
        pace = Pace(self.servers.bootstrap, chain.source, chain.workspace, per_second)
        await pace.run(seconds)
        await _until_arrived(self.sandbox.ledger, set(pace.due))
        return pace

    def _burnt(self) -> tuple[float, float, float]:
        """Processor seconds so far: the chain's, the servers', and of this process with the sandbox."""
        own = sum(cpu_seconds(pid) for pid in self.chain.pids)
        served = cpu_seconds(self.servers.postgres.pid) + cpu_seconds(self.servers.kafka.pid)
        return own, served, cpu_seconds(os.getpid()) - own - served


@asynccontextmanager
async def staged(name: str) -> AsyncIterator[Stage]:
    async with (
        servers() as around,
        Sandbox(around.folder / "ledger.jsonl") as sandbox,
        CHAINS[name](around, sandbox) as chain,
    ):
        yield Stage(name, around, sandbox, chain)


async def measure(name: str, rates: Sequence[float], phases: Phases) -> list[Result]:
    """Start a chain and give each rate its turn: what differs between them is not the servers."""
    async with staged(name) as stage:
        await stage.warm_up(phases.warm_up)
        return [await stage.measure(rate, phases) for rate in rates]


async def _until_arrived(ledger: Ledger, leads: set[str]) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while (looked_at := time.monotonic()) < patience:
        if leads <= set(_accepted(ledger, leads)[0]):
            return
        await asyncio.sleep(max(LOOK_SECONDS, (time.monotonic() - looked_at) / LOOK_SHARE))


def _accepted(ledger: Ledger, leads: set[str]) -> tuple[dict[str, float], int]:
    """When the platform first accepted each of the leads, and how often it was asked again."""
    first: dict[str, float] = {}
    repeats = 0
    for entry in ledger.entries(provider="hooks", hook=PLATFORM, status=200):
        lead_id = str(entry["lead_id"])
        if lead_id not in leads:
            continue
        repeats += lead_id in first
        answered = entry.time + timedelta(milliseconds=entry["took_ms"])
        first.setdefault(lead_id, answered.timestamp())
    return first, repeats

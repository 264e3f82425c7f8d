"""One chain, one run: leads at a steady pace, and when the platform had each."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

from bench.end_to_end.chain import PLATFORM, Chain
from bench.end_to_end.load import Pace
from bench.end_to_end.ours import leadstream
from bench.end_to_end.peers.run import peer
from bench.processes import cpu_seconds, machine_seconds
from bench.servers import Servers, servers
from leadstream_dev.sandbox import Ledger, Sandbox
from leadstream_dev.waiting import until

Opened: TypeAlias = AbstractAsyncContextManager[Chain]
CHAINS: Final[dict[str, Callable[[Servers, Sandbox], Opened]]] = {
    "Leadstream": leadstream,
    "Faust": partial(peer, "faust_stage"),
    "FastStream": partial(peer, "faststream_stage"),
}
# Leads that are not there so long after the last one was sent are counted as missing.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Phases:
    per_second: float
    warm_up: float
    measured: float


@dataclass(frozen=True, slots=True)
class Result:
    chain: str
    sent: int
    # Seconds from when a lead was due to the platform's acceptance, in order; of those that arrived.
    latencies: list[float]
    # Leads whose upload the platform was asked to take more than once.
    repeats: int
    # Cores: of the chain's own processes, of Postgres, Kafka and the sandbox, and of what has nothing to do with it.
    own_cores: float
    server_cores: float
    others: float

    def percentile(self, share: float) -> float:
        """Seconds; of all that were sent: what never arrived took for ever."""
        rank = int(share * self.sent)
        return self.latencies[rank] if rank < len(self.latencies) else float("inf")


async def measure(name: str, phases: Phases) -> Result:
    """Run a chain on servers of its own."""
    async with (
        servers() as around,
        Sandbox(around.folder / "ledger.jsonl") as sandbox,
        CHAINS[name](around, sandbox) as chain,
    ):
        return await _measure(name, around, sandbox, chain, phases)


async def _measure(
    name: str, around: Servers, sandbox: Sandbox, chain: Chain, phases: Phases
) -> Result:
    pace = partial(Pace, around.bootstrap, chain.source, chain.workspace, phases.per_second)
    warming, pacing = pace(), pace()
    await warming.run(phases.warm_up)
    await _until_arrived(sandbox.ledger, set(warming.due))
    before = _burnt(around, chain)
    started = time.monotonic()
    await pacing.run(phases.measured)
    seconds = time.monotonic() - started
    after = _burnt(around, chain)
    await _until_arrived(sandbox.ledger, set(pacing.due))
    accepted, repeats = _accepted(sandbox.ledger, set(pacing.due))
    own, server, others = (
        (late - early) / seconds for late, early in zip(after, before, strict=True)
    )
    return Result(
        chain=name,
        sent=len(pacing.due),
        latencies=sorted(at - pacing.due[lead_id] for lead_id, at in accepted.items()),
        repeats=repeats,
        own_cores=own,
        server_cores=server,
        others=max(0.0, others),
    )


async def _until_arrived(ledger: Ledger, leads: set[str]) -> None:
    await until(lambda: leads <= set(_accepted(ledger, leads)[0]), within=PATIENCE_SECONDS)


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


def _burnt(around: Servers, chain: Chain) -> tuple[float, float, float]:
    """Processor seconds so far: the chain's, the servers' with the load's, everybody else's."""
    own = sum(cpu_seconds(pid) for pid in chain.pids)
    served = cpu_seconds(around.postgres.pid) + cpu_seconds(around.kafka.pid)
    return own, served, machine_seconds() - own - served

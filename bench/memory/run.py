"""B5: the memory of each service, idle and while 1,000 leads come in a second, beside a bare Faust worker's."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from rich.console import Console
from rich.table import Table

from bench.end_to_end.load import Pace
from bench.end_to_end.ours import leadstream
from bench.processes import MIB, Company, Memory, memory, running, warn_of_company
from bench.servers import Servers, servers
from bench.topics import create_topics
from leadstream.ids import new_id
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.services import SERVICES

BARE = "bare Faust worker"
BARE_TOPIC = "bench.memory"
LIMIT = 1.3
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds of rest before the first look, and of leads, and how many of those come in one."""

    rest: float = 10.0
    seconds: float = 20.0
    per_second: float = 1_000.0


@dataclass(frozen=True, slots=True)
class Result:
    process: str
    # After a while without work, and the most that was seen while leads came.
    idle: Memory
    busy: Memory


async def run(console: Console, *, load: Load) -> list[Result]:
    """Return the services that need more than they may."""
    company = Company()
    # All at once, so that what they share is divided alike.
    async with (
        servers() as around,
        Sandbox(around.folder / "ledger.jsonl") as sandbox,
        leadstream(around, sandbox) as chain,
        _bare_worker(around) as pid,
    ):
        names = [spec.name for spec in SERVICES]
        pids = dict(zip(names, chain.pids, strict=True))
        [bare] = await _measure(around, {BARE: pid}, BARE_TOPIC, new_id(), load)
        ours = await _measure(around, pids, chain.source, chain.workspace, load)
    console.print(_table(bare, ours, load))
    warn_of_company(console, [company.cores()])
    return [result for result in ours if max(_ratios(result, bare)) > LIMIT]


@asynccontextmanager
async def _bare_worker(around: Servers) -> AsyncIterator[int]:
    await create_topics(around.bootstrap, BARE_TOPIC)
    async with running(
        "bench.memory.bare_faust",
        around.bootstrap,
        BARE_TOPIC,
        environment={},
        log=around.logs / "bare-faust.log",
        home=around.home,
    ) as process:
        yield process.pid


async def _measure(
    around: Servers, pids: Mapping[str, int], topic: str, workspace: UUID, load: Load
) -> list[Result]:
    await asyncio.sleep(load.rest)
    idle = {name: memory(pid) for name, pid in pids.items()}
    most = dict(idle)
    pace = Pace(around.bootstrap, topic, workspace, load.per_second)
    sending = asyncio.create_task(pace.run(load.seconds))
    while not sending.done():
        for name, pid in pids.items():
            most[name] = max(most[name], memory(pid), key=attrgetter("resident"))
        await asyncio.sleep(LOOK_SECONDS)
    await sending
    return [Result(name, idle[name], most[name]) for name in pids]


def _ratios(result: Result, bare: Result) -> tuple[float, float]:
    return (
        result.idle.resident / bare.idle.resident,
        result.busy.resident / bare.busy.resident,
    )


def _table(bare: Result, ours: Sequence[Result], load: Load) -> Table:
    busy = f"at {load.per_second:,.0f} leads/s"
    table = Table(
        title=f"B5: resident memory (and share of it) in MiB, after {load.rest:g} s idle, and the most {busy}"
    )
    table.add_column("process")
    for name in ("idle", "share", busy, "share", "times Faust's, idle", "busy"):
        table.add_column(name, justify="right")
    for result in (bare, *ours):
        idle, loaded = _ratios(result, bare)
        figures = [
            size / MIB
            for each in (result.idle, result.busy)
            for size in (each.resident, each.share)
        ]
        table.add_row(
            result.process,
            *(f"{figure:,.0f}" for figure in figures),
            f"{idle:.2f}",
            f"{loaded:.2f}",
            style="red" if max(idle, loaded) > LIMIT else "",
        )
    return table

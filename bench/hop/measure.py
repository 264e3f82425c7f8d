"""One stage, one run: started as a process of its own, watched from outside, and its output counted."""

import asyncio
import time
from dataclasses import dataclass
from uuid import uuid4

import asyncpg

from bench.hop.load import SOURCE, TARGET
from bench.hop.plan import Plan
from bench.hop.sql import SQL
from bench.processes import cpu_seconds, foreign_seconds, running
from bench.servers import Servers
from bench.topics import Watch, watching
from leadstream_dev.process import ChildProcess

# Measured from here on: imports, the group's first assignment and cold caches are not what is compared.
WARM_UP = 0.1
LOOK_SECONDS = 0.05
# Nobody here needs as long for the next lead, unless it is lost.
STALL_SECONDS = 60
# To notice what comes twice.
SETTLE_SECONDS = 0.5


class StageFailedError(Exception):
    """A stage ended by itself, or lost leads: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment of a run: how far it was and what had been burnt."""

    at: float
    leads: int
    stage_cpu: float
    postgres_cpu: float
    kafka_cpu: float
    # Of what had nothing to do with the run.
    others_cpu: float


@dataclass(frozen=True, slots=True)
class Result:
    stage: str
    leads_per_second: float
    # Processor time per lead, in microseconds.
    stage_cpu: float
    postgres_cpu: float
    kafka_cpu: float
    # Cores that were busy with something else: a run in company shows less than a stage can do.
    others: float
    duplicates: int


async def measure(servers: Servers, stage: str, count: int) -> Result:
    """Let a stage take the `count` leads of the source topic to the next topic, from empty tables."""
    database = await prepare(servers, stage)
    try:
        return await measure_in(servers, database, stage, count)
    finally:
        await servers.drop_database(database)


async def measure_in(servers: Servers, database: str, stage: str, count: int) -> Result:
    """As `measure`, in a database that was prepared and may have other leads in it."""
    await servers.checkpoint()
    before = await _states(database)
    plan = Plan(
        bootstrap=servers.bootstrap,
        database=database,
        source=SOURCE,
        target=TARGET,
        group=f"bench-{stage}-{uuid4().hex[:10]}",
    )
    async with (
        watching(servers.bootstrap, TARGET) as watch,
        running(
            f"bench.hop.stages.{stage}",
            environment=plan.environment(),
            log=servers.logs / f"{plan.group}.log",
            home=servers.home,
        ) as process,
    ):
        start, end = await _run(servers, process, watch, count)
        duplicates = await _judge(watch, await _states(database) - before, stage, count)
    return _result(stage, start, end, duplicates)


async def prepare(servers: Servers, stage: str) -> str:
    database = await servers.new_database()
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(SQL.create_state)
        if stage in ("faust_agent", "faststream_app"):
            await connection.execute(SQL.create_inbox)
        if stage == "pgqueuer_stage":
            await connection.execute(SQL.create_outbox)
    finally:
        await connection.close()
    return database


async def _run(
    servers: Servers, process: ChildProcess, watch: Watch, count: int
) -> tuple[Instant, Instant]:
    # A short run may be over before a look sees it warm: then it counts from its beginning.
    start = _now(servers, process, await watch.count())
    warm = False
    progress = _Progress()
    while True:
        leads = await watch.count()
        progress.note(leads, process)
        if leads >= count:
            return start, _now(servers, process, leads)
        if not warm and leads >= WARM_UP * count:
            start = _now(servers, process, leads)
            warm = True
        await asyncio.sleep(LOOK_SECONDS)


class _Progress:
    """Raises when nothing comes any more."""

    def __init__(self) -> None:
        self._leads = -1
        self._at = time.monotonic()

    def note(self, leads: int, process: ChildProcess) -> None:
        if process.returncode is not None:
            raise StageFailedError(
                f"the stage ended with code {process.returncode}\n{process.log_tail()}"
            )
        if leads != self._leads:
            self._leads, self._at = leads, time.monotonic()
        elif time.monotonic() - self._at > STALL_SECONDS:
            raise StageFailedError(f"no more than {leads} leads arrived\n{process.log_tail()}")


def _now(servers: Servers, process: ChildProcess, leads: int) -> Instant:
    return Instant(
        at=time.monotonic(),
        leads=leads,
        stage_cpu=cpu_seconds(process.pid),
        postgres_cpu=cpu_seconds(servers.postgres.pid),
        kafka_cpu=cpu_seconds(servers.kafka.pid),
        others_cpu=foreign_seconds(),
    )


async def _judge(watch: Watch, states: int, stage: str, count: int) -> int:
    """Every lead must be in the output and in the table; return how many were there twice."""
    await asyncio.sleep(SETTLE_SECONDS)
    keys = await watch.keys()
    if len(keys) != count or states != count:
        raise StageFailedError(f"{stage}: {count} leads in, {len(keys)} out, {states} in its table")
    return keys.total() - count


async def _states(database: str) -> int:
    connection = await asyncpg.connect(database)
    try:
        states: int = await connection.fetchval(SQL.count_states)
    finally:
        await connection.close()
    return states


def _result(stage: str, start: Instant, end: Instant, duplicates: int) -> Result:
    leads = end.leads - start.leads
    seconds = end.at - start.at
    per_lead = 1e6 / leads
    return Result(
        stage=stage,
        leads_per_second=leads / seconds,
        stage_cpu=(end.stage_cpu - start.stage_cpu) * per_lead,
        postgres_cpu=(end.postgres_cpu - start.postgres_cpu) * per_lead,
        kafka_cpu=(end.kafka_cpu - start.kafka_cpu) * per_lead,
        others=max(0.0, end.others_cpu - start.others_cpu) / seconds,
        duplicates=duplicates,
    )

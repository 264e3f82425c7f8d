"""What was pushed or imported and is no lead yet, in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from discovery.adapters.items import read_answer
from discovery.adapters.recorder import RunRecorder
from discovery.domain.company import DomainOf
from discovery.domain.harvest import Harvest
from leadstream.jobs.model import JobState, Settled
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("discovery.adapters", "arrivals.sql")

Item = Mapping[str, Any]


class PostgresArrivals:
    def __init__(self, database: Database, domain_of: DomainOf) -> None:
        self._database = database
        self._domain_of = domain_of

    async def read(self, arrival_id: UUID) -> Harvest | None:
        items = await self._database.pool.fetchval(SQL.get_items, arrival_id)
        if items is None:
            return None
        # Each is a part of what is known, and not all that there is to be seen today.
        return replace(read_answer(items, self._domain_of), adds=True)


class ArrivalRecorder:
    """Writes runs down as those of searches are; what they brought in goes with the same transaction."""

    def __init__(self, runs: RunRecorder) -> None:
        self._runs = runs

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        events = await self._runs(tx, settled)
        done = [each.job.id for each in settled if each.state is JobState.SUCCEEDED]
        await tx.execute(SQL.drop_arrivals, done)
        return events


async def add_arrivals(
    tx: Tx, arrivals: Mapping[UUID, Sequence[Item]], *, workspace_id: UUID, origin_id: UUID
) -> None:
    texts = [orjson.dumps(items).decode() for items in arrivals.values()]
    await tx.execute(SQL.insert_arrivals, list(arrivals), workspace_id, origin_id, texts)

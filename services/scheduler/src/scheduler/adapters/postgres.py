"""Schedules and ticks in Postgres; a tick is inserted together with its event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from leadstream.contracts.events import SchedulerTick
from leadstream.ids import derived_id
from leadstream.observability.tracing import begin_trace
from leadstream.outbox import add_events
from leadstream.outbox.announce import announce
from leadstream.postgres import Tx, load_queries
from scheduler.domain.schedule import CatchUp, Schedule, Tick

SQL = load_queries("scheduler.adapters", "schedules.sql")


class PostgresSchedules:
    """The schedules as one transaction sees them."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def lock_due(self, now: datetime) -> list[Schedule]:
        return [read_schedule(row) for row in await self._tx.fetch(SQL.lock_due, now)]

    async def save(self, schedule: Schedule) -> None:
        await self._tx.execute(
            SQL.save_progress, schedule.name, schedule.settled_until, schedule.next_at
        )

    async def add_ticks(self, ticks: Sequence[Tick]) -> list[Tick]:
        if not ticks:
            return []
        rows = await self._tx.fetch(
            SQL.insert_ticks,
            [tick.schedule for tick in ticks],
            [tick.scheduled_for for tick in ticks],
            [tick_id(tick) for tick in ticks],
            [tick.emitted_at for tick in ticks],
            [tick.manual for tick in ticks],
            [orjson.dumps(tick.params).decode() for tick in ticks],
        )
        new = {(row["schedule"], row["scheduled_for"]) for row in rows}
        added = [tick for tick in ticks if (tick.schedule, tick.scheduled_for) in new]
        await add_events(self._tx, [_event(tick) for tick in added])
        return added


def tick_id(tick: Tick) -> UUID:
    return derived_id("tick", tick.schedule, tick.scheduled_for.isoformat())


def _event(tick: Tick) -> Any:
    identity = tick_id(tick)
    event = SchedulerTick(
        tick_id=identity,
        schedule=tick.schedule,
        scheduled_for=tick.scheduled_for,
        emitted_at=tick.emitted_at,
        manual=tick.manual,
        params=dict(tick.params),
    )
    # The trace of a night begins here; its id follows from the tick, so that a repeat is the same trace.
    traceparent = begin_trace(
        identity,
        f"tick {tick.schedule}",
        {
            "leadstream.tick.scheduled_for": tick.scheduled_for.isoformat(),
            "leadstream.tick.manual": tick.manual,
        },
    )
    return announce(event, event_id=identity, traceparent=traceparent)


def read_schedule(row: Any) -> Schedule:
    return Schedule(
        name=row["name"],
        cron=row["cron"],
        timezone=row["timezone"],
        catch_up=CatchUp(row["catch_up"]),
        enabled=row["enabled"],
        params=row["params"],
        pause_reason=row["pause_reason"],
        settled_until=row["settled_until"],
        next_at=row["next_at"],
    )

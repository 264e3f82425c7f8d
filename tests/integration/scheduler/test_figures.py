"""When ticks are due, as Prometheus sees it."""

from datetime import UTC, datetime, timedelta

import httpx

from integration.scheduler.replicas import EVENING, Replica
from leadstream.observability.metrics import REGISTRY
from scheduler.entrypoints.gauges import ScheduleGauges

NIGHTLY = "daily-lead-generation"
TWO = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def figure(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"leadstream_{name}", {"schedule": NIGHTLY})


def next_tick() -> float | None:
    return figure("schedule_next_tick_timestamp_seconds")


def last_tick() -> float | None:
    return figure("schedule_last_tick_timestamp_seconds")


async def test_the_next_tick_stays_due_until_it_is_emitted(replica: Replica) -> None:
    gauges = ScheduleGauges(replica.database)

    await replica.look_at(EVENING)
    await gauges.look()
    assert (next_tick(), last_tick()) == (TWO.timestamp(), None)

    await replica.look_at(TWO + timedelta(minutes=3))
    await gauges.look()
    assert next_tick() == (TWO + timedelta(days=1)).timestamp()
    assert last_tick() == TWO.timestamp()


async def test_a_schedule_that_nobody_wants_to_run_is_never_late(
    replica: Replica, api: httpx.AsyncClient
) -> None:
    gauges = ScheduleGauges(replica.database)
    path = f"schedules/{NIGHTLY}"

    assert (await api.post(f"{path}/pause", json={"reason": "test"})).is_success
    await gauges.look()
    assert next_tick() is None

    assert (await api.post(f"{path}/resume", json={})).is_success
    await gauges.look()
    assert next_tick() == TWO.timestamp()


async def test_a_schedules_series_are_there_before_its_first_tick(replica: Replica) -> None:
    await ScheduleGauges(replica.database).look()

    assert figure("ticks_total") is not None
    assert figure("tick_lateness_seconds_count") is not None

"""Case 38: one tick a time, whatever replicas and clocks do."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from integration.scheduler.replicas import (
    EVENING,
    Replica,
    a_replica,
    announced,
    make_schedules,
    ticks,
)
from leadstream.contracts import Record, decode
from leadstream.contracts.codec import Decoded
from leadstream.contracts.events import SchedulerTick
from leadstream.postgres import Database
from support.ledger import until

NIGHT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


# A week of minutes: ten thousand looks.
@pytest.mark.timeout(600)
async def test_b38_the_built_in_schedules_come_at_two_at_midnight_and_on_sunday_at_three(
    replica: Replica,
) -> None:
    for minute in range(7 * 24 * 60):
        await replica.look_at(EVENING + timedelta(minutes=minute))

    found = {name: await ticks(replica.database, name) for name in await _names(replica.database)}
    days = [datetime(2026, 3, 4, tzinfo=UTC) + n * DAY for n in range(7)]
    assert found == {
        "credit-reset": days,
        "daily-lead-generation": [day + timedelta(hours=2) for day in days],
        "weekly-trends": [datetime(2026, 3, 8, 3, tzinfo=UTC)],
    }


async def test_b38_five_replicas_emit_one_tick_each_time(database: Database) -> None:
    replicas = [await a_replica(database, NIGHT - timedelta(minutes=1)) for _ in range(5)]
    await make_schedules(
        database,
        NIGHT - timedelta(minutes=1),
        [(f"s-{n}", "* * * * *", "UTC", "all") for n in range(10)],
    )
    stop = asyncio.Event()
    running = [asyncio.create_task(each.loop.run(stop)) for each in replicas]

    for _ in range(20):
        for each in replicas:
            each.clock.advance(timedelta(minutes=1))
        await asyncio.sleep(0.03)
    await until(lambda: _has_ticks(database, 201))
    stop.set()
    await asyncio.gather(*running)

    per_schedule = [await ticks(database, f"s-{n}") for n in range(10)]
    assert per_schedule == [[NIGHT + timedelta(minutes=n) for n in range(20)]] * 10
    assert len(await announced(database)) == len(await ticks(database)) == 201


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(days=2)])
async def test_b38_a_clock_jumping_back_emits_no_second_tick(
    replica: Replica, step: timedelta
) -> None:
    emitted = await replica.look_at(NIGHT)

    replica.clock.advance(-step)
    while replica.clock.now() < NIGHT:
        replica.clock.advance(timedelta(minutes=7))
        assert await replica.look() == []

    assert NIGHT in emitted
    assert (await ticks(replica.database)).count(NIGHT) == 1


async def test_a_clock_an_hour_ahead_emits_early_and_not_again(replica: Replica) -> None:
    early = await replica.look_at(NIGHT + timedelta(minutes=30))
    replica.clock.advance(-timedelta(hours=1))

    for _ in range(40):
        replica.clock.advance(timedelta(minutes=1))
        assert await replica.look() == []

    assert NIGHT in early
    assert await ticks(replica.database, "daily-lead-generation") == [NIGHT]


@pytest.mark.parametrize(("catch_up", "expected"), [("all", 3), ("latest", 1), ("none", 0)])
async def test_b38_i7_three_days_off(replica: Replica, catch_up: str, expected: int) -> None:
    await make_schedules(replica.database, EVENING, [("nightly", "0 2 * * *", "UTC", catch_up)])

    await replica.look_at(NIGHT + 2 * DAY + timedelta(hours=5))

    nights = [NIGHT + n * DAY for n in range(3)]
    assert await ticks(replica.database, "nightly") == nights[3 - expected :]
    assert len(await announced(replica.database, "nightly")) == expected


async def test_latest_lets_a_tick_go_that_the_next_one_is_about_to_follow(
    replica: Replica,
) -> None:
    await replica.look_at(NIGHT + timedelta(hours=22))

    assert await ticks(replica.database, "daily-lead-generation") == []
    assert await replica.look_at(NIGHT + DAY) == [NIGHT + DAY]


async def test_a_schedule_never_catches_up_on_times_before_it_was_created(
    database: Database,
) -> None:
    replica = await a_replica(database, NIGHT + timedelta(minutes=1))

    assert await replica.look() == []
    assert await replica.look_at(NIGHT + DAY - timedelta(seconds=1)) == [
        datetime(2026, 3, 5, tzinfo=UTC)
    ]
    assert await ticks(database, "daily-lead-generation") == []


async def test_a_restart_changes_nothing_about_schedules_that_are_there(
    database: Database, replica: Replica
) -> None:
    await replica.look_at(NIGHT)
    await database.pool.execute("UPDATE schedules SET cron = '0 4 * * *' WHERE name LIKE 'daily%'")

    again = await a_replica(database, NIGHT + timedelta(hours=1))

    assert await again.look() == []
    row = await database.pool.fetchrow("SELECT * FROM schedules WHERE name LIKE 'daily%'")
    assert row is not None
    assert (row["cron"], row["settled_until"]) == ("0 4 * * *", NIGHT)


async def test_the_event_says_what_the_tick_is(replica: Replica) -> None:
    await replica.database.pool.execute(
        "UPDATE schedules SET params = $1 WHERE name = 'daily-lead-generation'", {"query_id": "q"}
    )
    await replica.look_at(NIGHT + timedelta(seconds=2))

    row = await replica.database.pool.fetchrow(
        "SELECT o.*, t.id AS tick_id FROM outbox o JOIN ticks t ON t.id = o.id"
        " WHERE t.schedule = 'daily-lead-generation'"
    )
    assert row is not None
    assert row["key"] == b"daily-lead-generation"
    assert row["type"] == "scheduler.tick.v1"
    assert row["traceparent"].split("-")[1] == row["tick_id"].hex
    decoded = decode(Record(topic=row["topic"], key=row["key"], value=row["payload"]))
    assert isinstance(decoded, Decoded)
    assert decoded.event == SchedulerTick(
        tick_id=row["tick_id"],
        schedule="daily-lead-generation",
        scheduled_for=NIGHT,
        emitted_at=NIGHT + timedelta(seconds=2),
        manual=False,
        params={"query_id": "q"},
    )


async def test_the_loop_outlives_postgres_being_away(
    replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    stop = asyncio.Event()
    replica.clock.advance(NIGHT - replica.clock.now())
    await replica.database.pool.execute("ALTER TABLE schedules RENAME TO elsewhere")
    await replica.database.pool.execute(
        # What a session sees that the server ends, at each look.
        "CREATE VIEW schedules AS SELECT * FROM elsewhere WHERE pg_terminate_backend(pg_backend_pid())"
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(replica.loop.run(stop))
        await until(lambda: "clock.postgres_unavailable" in caplog.messages)
        # Both at once: a look in between would find no table at all, which ends the loop.
        await replica.database.pool.execute(
            "DROP VIEW schedules; ALTER TABLE elsewhere RENAME TO schedules"
        )

        await until(lambda: _has_ticks(replica.database, 2))
        stop.set()


async def test_i6_eight_schedulers_random_kills_and_clock_steps_emit_each_tick_once(
    database: Database,
) -> None:
    """500 ticks; each replica's clock steps by up to an hour either way, and any look may be cut off."""
    chance = random.Random(6)  # noqa: S311 - a test that can be repeated
    zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    await make_schedules(
        database, start, [(f"s-{n}", "*/15 * * * *", zone, "all") for n, zone in enumerate(zones)]
    )
    replicas = [await a_replica(database, start) for _ in range(8)]
    # Twenty-five hours, over the night in which Berlin's clocks change.
    end = start + timedelta(hours=25)
    true_time = start

    async def look(replica: Replica) -> None:
        step = timedelta(minutes=chance.choice([0, 0, 0, -60, 60, chance.uniform(-60, 60)]))
        replica.clock.advance(min(true_time + step, end) - replica.clock.now())
        looking = asyncio.create_task(replica.look())
        if chance.random() < 0.3:
            await asyncio.sleep(chance.uniform(0, 0.01))
            looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    while true_time < end:
        true_time += timedelta(minutes=20)
        await asyncio.gather(*(look(replica) for replica in replicas))
    await replicas[0].look_at(end)

    expected = [start + timedelta(minutes=15 * n) for n in range(1, 101)]
    assert [await ticks(database, f"s-{n}") for n in range(5)] == [expected] * 5
    events = [(e["schedule"], e["scheduled_for"]) for e in await announced(database)]
    events = [event for event in events if event[0].startswith("s-")]
    assert len(events) == len(set(events)) == 500


async def _names(database: Database) -> list[str]:
    return [row["name"] for row in await database.pool.fetch("SELECT name FROM schedules")]


async def _has_ticks(database: Database, count: int) -> bool:
    return len(await ticks(database)) >= count

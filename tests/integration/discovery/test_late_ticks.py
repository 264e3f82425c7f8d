"""Ticks that come late, twice, or under another name change nothing that was settled already."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from integration.discovery.builders import (
    MORNING,
    a_company,
    a_query,
    a_tick,
    companies,
    run,
)
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream.ids import derived_id, new_id
from leadstream_dev.sandbox import Sandbox

SUNDAY = datetime(2026, 1, 25, 3, 0, tzinfo=UTC)


async def settled(replica: Replica) -> tuple[Any, Any, Any]:
    leads = await replica.rows("leads", "id")
    plain = ("id", "revision", "query_id", "domain", "company_data", "created_at")
    seen = [{name: lead[name] for name in plain} for lead in leads]
    return seen, await replica.events(), await replica.rows("trends", "topic_id, week_start")


async def test_a_second_tick_for_a_day_makes_and_tells_nothing_twice(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, topic="A")
    await sandbox.control.catalogue("A", [*companies(10), a_company("hot.com", high=3)])
    await run(discovery, at=MORNING)
    before = await settled(discovery)

    await run(discovery, at=MORNING, tick_id=new_id())
    await run(discovery, at=MORNING + timedelta(hours=9), tick_id=new_id())

    assert await settled(discovery) == before
    runs = await discovery.rows("query_runs", "started_at")
    assert [(each["created"], each["known"]) for each in runs] == [(11, 0), (0, 11), (0, 11)]
    assert {each["run_on"] for each in runs} == {MORNING.date()}


async def test_b05_a_tick_of_yesterday_that_comes_today_counts_for_yesterday(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    for first in (0, 50, 100, 150):
        answer = {"body": {"results": companies(50, first=first)}}
        await sandbox.control.script("datashopper", "search", answer)
    today = MORNING + timedelta(days=1)

    # Yesterday's and today's come together, and yesterday's once more by another name.
    await run(discovery, at=today)
    await run(discovery, at=MORNING)
    await run(discovery, at=MORNING, tick_id=new_id())
    await run(discovery, at=today + timedelta(hours=1))

    created: Counter[date] = Counter()
    for row in await discovery.rows("query_runs"):
        created[row["run_on"]] += row["created"]
    assert created == {MORNING.date(): 50, today.date(): 50}


@pytest.mark.parametrize("seed", range(3))
async def test_b05_ticks_of_several_days_in_any_order_make_fifty_leads_a_day(
    make_replica: MakeReplica, sandbox: Sandbox, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - the same order every time
    replicas = [await make_replica() for _ in range(2)]
    await a_query(replicas[0])
    ticks = [
        a_tick(at=MORNING + timedelta(days=day, minutes=random.randrange(60)), tick_id=new_id())
        for day in range(3)
        for _ in range(3)
    ]
    for number in range(len(ticks)):
        found = companies(30, first=number * 30)
        await sandbox.control.script("datashopper", "search", {"body": {"results": found}})
    random.shuffle(ticks)

    for tick in ticks:
        await random.choice(replicas).take_in("scheduler.tick", tick)
    await asyncio.gather(*(each.finish(seconds=60) for each in replicas))

    created: Counter[date] = Counter()
    for row in await replicas[0].rows("query_runs"):
        created[row["run_on"]] += row["created"]
    assert created == {(MORNING + timedelta(days=day)).date(): 50 for day in range(3)}
    domains = [lead["domain"] for lead in await replicas[0].rows("leads")]
    assert len(domains) == len(set(domains)) == 150


async def test_b40_weekly_trends_that_come_late_are_those_of_their_own_week(
    discovery: Replica,
) -> None:
    query_id = await a_query(discovery, topic="A")
    weeks = [SUNDAY - timedelta(days=days) for days in (12, 5, 5, -2, -2, -2)]
    await discovery.database.pool.executemany(
        "INSERT INTO leads (id, workspace_id, query_id, created_at)"
        " SELECT gen_random_uuid(), workspace_id, id, $2 FROM queries WHERE id = $1",
        [(query_id, moment) for moment in weeks],
    )
    await run(discovery, schedule="weekly-trends", at=SUNDAY + timedelta(days=7))
    newest = await discovery.rows("topics")

    # A week late, after that of the next week; and twice, once by another name.
    await run(discovery, schedule="weekly-trends", at=SUNDAY)
    await run(discovery, schedule="weekly-trends", at=SUNDAY, tick_id=new_id())

    trends = await discovery.rows("trends", "week_start")
    assert [(str(t["week_start"]), t["volume"], t["previous_volume"]) for t in trends] == [
        ("2026-01-18", 2, 1),
        ("2026-01-25", 3, 2),
    ]
    assert {t["topic_id"] for t in trends} == {derived_id("topic", "A")}
    assert await discovery.rows("topics") == newest

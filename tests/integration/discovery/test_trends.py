"""Case 40: the weekly trends, from a tick to the topic."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from integration.discovery.builders import ACME, a_query, get, run
from integration.discovery.replicas import Replica
from leadstream.ids import derived_id

SUNDAY = datetime(2026, 1, 25, 3, 0, tzinfo=UTC)
WEEK, BEFORE = datetime(2026, 1, 18, tzinfo=UTC), datetime(2026, 1, 11, tzinfo=UTC)


async def add_leads(replica: Replica, query_id: UUID, *moments: datetime) -> None:
    await replica.database.pool.executemany(
        "INSERT INTO leads (id, workspace_id, query_id, created_at) VALUES (gen_random_uuid(), $1, $2, $3)",
        [(ACME, query_id, moment) for moment in moments],
    )


async def a_topic_with(replica: Replica, topic: str, *, before: int, now: int) -> UUID:
    query_id = await a_query(replica, topic, topic=topic)
    await add_leads(replica, query_id, *([BEFORE] * before), *([WEEK] * now))
    return derived_id("topic", topic)


async def trends(replica: Replica) -> list[dict[str, Any]]:
    return await replica.rows("trends", "topic_id, week_start")


@pytest.mark.parametrize(
    ("before", "now", "percent", "direction"),
    [
        (100, 111, "11.0", "up"),
        (100, 110, "10.0", "stable"),
        (100, 89, "-11.0", "down"),
        (0, 40, None, "up"),
        (5, 80, "1500.0", "up"),
        (0, 0, "0.0", "stable"),
    ],
)
async def test_b40_trend_of_a_topic(
    discovery: Replica, before: int, now: int, percent: str | None, direction: str
) -> None:
    topic_id = await a_topic_with(discovery, "AI", before=before, now=now)

    await run(discovery, schedule="weekly-trends", at=SUNDAY)

    (trend,) = await trends(discovery)
    assert trend == {
        "topic_id": topic_id,
        "week_start": date(2026, 1, 18),
        "week_end": date(2026, 1, 24),
        "volume": now,
        "previous_volume": before,
        "change_percent": None if percent is None else Decimal(percent),
        "direction": direction,
    }
    topic = await get(discovery, f"topics/{topic_id}")
    assert (topic["trend_direction"], topic["trend_volume"]) == (direction, now)
    assert topic["trend_change_percent"] == (None if percent is None else float(percent))
    (shown,) = (await get(discovery, "trends"))["items"]
    assert (shown["topic_id"], shown["direction"]) == (str(topic_id), direction)


async def test_b40_a_week_is_sunday_to_saturday_and_not_a_moment_more(discovery: Replica) -> None:
    query_id = await a_query(discovery, topic="AI")
    inside = [WEEK, WEEK + timedelta(days=7) - timedelta(microseconds=1)]
    before = [BEFORE, WEEK - timedelta(microseconds=1)]
    outside = [WEEK + timedelta(days=7), BEFORE - timedelta(microseconds=1)]
    await add_leads(discovery, query_id, *inside, *before, *outside)

    await run(discovery, schedule="weekly-trends", at=SUNDAY)

    (trend,) = await trends(discovery)
    assert (trend["volume"], trend["previous_volume"]) == (2, 2)


async def test_b40_running_a_week_again_changes_nothing(discovery: Replica) -> None:
    await a_topic_with(discovery, "AI", before=3, now=7)
    await a_topic_with(discovery, "Cloud", before=7, now=3)
    await run(discovery, schedule="weekly-trends", at=SUNDAY)
    before = await trends(discovery), await discovery.rows("topics")

    await run(discovery, schedule="weekly-trends", at=SUNDAY)
    await run(discovery, schedule="weekly-trends", at=SUNDAY + timedelta(days=3))

    assert before == (await trends(discovery), await discovery.rows("topics"))
    assert {job["state"] for job in await discovery.rows("jobs")} == {"succeeded"}


async def test_an_older_week_computed_later_leaves_the_topic_with_the_newest(
    discovery: Replica,
) -> None:
    topic_id = await a_topic_with(discovery, "AI", before=1, now=9)
    await run(discovery, schedule="weekly-trends", at=SUNDAY)

    await run(discovery, schedule="weekly-trends", at=SUNDAY - timedelta(days=7))

    assert [trend["volume"] for trend in await trends(discovery)] == [1, 9]
    topic = await get(discovery, f"topics/{topic_id}")
    assert (topic["trend_volume"], topic["trend_week_start"]) == (9, "2026-01-18")


async def test_two_queries_of_a_topic_count_together(discovery: Replica) -> None:
    for name in ("one", "two"):
        query_id = await a_query(discovery, name, topic="AI")
        await add_leads(discovery, query_id, WEEK, WEEK)

    await run(discovery, schedule="weekly-trends", at=SUNDAY)

    (trend,) = await trends(discovery)
    assert trend["volume"] == 4


async def test_without_topics_there_is_nothing_to_do(discovery: Replica) -> None:
    await run(discovery, schedule="weekly-trends", at=SUNDAY)

    (job,) = await discovery.rows("jobs")
    assert job["state"] == "succeeded"

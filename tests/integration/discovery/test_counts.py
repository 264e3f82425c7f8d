"""What the reports count is what there is, whoever writes leads, and in whatever way."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest

from discovery.adapters.counts import BATCH, SQL, LeadCounts
from integration.discovery.replicas import Replica
from leadstream.postgres import Database, Tx

WORKSPACES = [UUID(int=n) for n in range(1, 4)]
SCORES = ["hot", "warm", "cold", None]
PLATFORMS = ["tech-platform", "general-platform", None]

# The reports as they would be if every lead were read.
_BREAKDOWN = """
SELECT workspace_id, count(*) FILTER (WHERE intent_data ->> 'score' = 'hot') AS hot_count,
       count(*) FILTER (WHERE intent_data ->> 'score' = 'warm') AS warm_count,
       count(*) FILTER (WHERE coalesce(intent_data ->> 'score', 'cold') = 'cold') AS cold_count, count(*) AS total_count
  FROM leads GROUP BY workspace_id ORDER BY workspace_id
"""
_UPLOADS = """
SELECT platform_name, count(*) FILTER (WHERE intent_data ->> 'score' = 'hot') AS hot_leads,
       count(*) FILTER (WHERE intent_data ->> 'score' = 'warm') AS warm_leads, count(*) AS total_leads
  FROM leads WHERE workspace_id = $1 AND platform_uploaded GROUP BY platform_name ORDER BY platform_name
"""


@pytest.mark.parametrize("seed", range(3))
async def test_counts_are_those_of_the_leads_after_any_writes(
    discovery: Replica, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    counts = LeadCounts(discovery.database)

    for step in range(40):
        async with discovery.database.transaction() as tx:
            await _write(tx, chance)
        if step % 7 == 0:
            await counts.add_up()
        if step % 5 == 0:
            await _compare(discovery.database)

    while await counts.add_up():
        pass
    await _compare(discovery.database)


async def test_two_replicas_that_add_up_at_once_count_nothing_twice(discovery: Replica) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    for _ in range(30):
        async with discovery.database.transaction() as tx:
            await _write(tx, chance)
    counts = LeadCounts(discovery.database)

    await asyncio.gather(*(counts.add_up() for _ in range(4)))

    await _compare(discovery.database)
    assert await counts.add_up() == 0


async def test_the_last_upload_stays_when_a_lead_rises(discovery: Replica) -> None:
    async with discovery.database.transaction() as tx:
        await tx.execute(
            "INSERT INTO leads (id, workspace_id, intent_data, platform_uploaded, platform_name, platform_uploaded_at)"
            " VALUES (gen_random_uuid(), $1, $2, true, 'tech-platform', '2026-01-01')",
            WORKSPACES[0],
            {"score": "warm"},
        )
        await tx.execute("UPDATE leads SET intent_data = $1", {"score": "hot"})

    [row] = await discovery.database.pool.fetch(
        "SELECT * FROM get_platform_upload_stats($1)", WORKSPACES[0]
    )

    assert (row["hot_leads"], row["warm_leads"], row["total_leads"]) == (1, 0, 1)
    assert row["last_upload"].isoformat() == "2026-01-01T00:00:00+00:00"


async def _write(tx: Tx, chance: random.Random) -> None:
    choice = chance.random()
    workspace, score = chance.choice(WORKSPACES), chance.choice(SCORES)
    intent = {"score": score} if score else None
    if choice < 0.5:
        await tx.execute(
            "INSERT INTO leads (id, workspace_id, intent_data)"
            " SELECT gen_random_uuid(), $1, $2 FROM generate_series(1, $3::integer)",
            workspace,
            intent,
            chance.randint(0, 5),
        )
        return
    # As `random()` is not seeded: a lead by its rank.
    where = "WHERE id IN (SELECT id FROM leads ORDER BY id OFFSET $1 LIMIT $2)"
    some = (chance.randint(0, 20), chance.randint(1, 4))
    if choice < 0.6:
        await tx.execute(f"DELETE FROM leads {where}", *some)  # noqa: S608 - our own words
    elif choice < 0.8:
        await tx.execute(f"UPDATE leads SET intent_data = $3 {where}", *some, intent)  # noqa: S608
    else:
        await tx.execute(
            "UPDATE leads SET platform_uploaded = $3, platform_name = $4, platform_uploaded_at = now()"
            " WHERE id IN (SELECT id FROM leads ORDER BY id OFFSET $1 LIMIT $2)",
            *some,
            chance.random() < 0.7,
            chance.choice(PLATFORMS),
        )


async def _compare(database: Database) -> None:
    told = await database.pool.fetch(
        "SELECT workspace_id, hot_count, warm_count, cold_count, total_count FROM lead_intent_breakdown"
        " ORDER BY workspace_id"
    )
    assert _plain(told) == _plain(await database.pool.fetch(_BREAKDOWN))
    for workspace in WORKSPACES:
        stats = await database.pool.fetch(
            "SELECT platform_name, hot_leads, warm_leads, total_leads FROM get_platform_upload_stats($1)",
            workspace,
        )
        assert _plain(stats) == _plain(await database.pool.fetch(_UPLOADS, workspace))


def _plain(rows: list[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


async def test_what_is_taken_is_looked_for_once_however_much_has_piled_up(
    discovery: Replica,
) -> None:
    """Vacuum has mostly found nothing here. By a plan from then the first rows were read anew for each."""
    async with discovery.database.hot.acquire() as session:
        await session.execute("VACUUM ANALYZE lead_count_changes")
        rows = await session.fetch(f"EXPLAIN (COSTS off) {SQL.add_up_counts}", BATCH)
    plan = "\n".join(row[0] for row in rows)

    assert "Tid Scan on lead_count_changes" in plan, plan
    assert "Join" not in plan, plan

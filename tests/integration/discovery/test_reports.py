"""The functions and the view that others may query: a contract."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from integration.discovery.builders import ACME, MORNING, OTHER, a_lead_id, post
from integration.discovery.replicas import Replica


@pytest.fixture
async def stranger(discovery: Replica, database_url: str) -> AsyncIterator[Any]:
    """A connection that has never heard of the schema's search_path."""
    connection = await asyncpg.connect(
        database_url, server_settings={"search_path": "pg_catalog", "timezone": "UTC"}
    )
    yield connection
    await connection.close()


async def add(replica: Replica, score: str | None, *, hour: int = 0, **columns: Any) -> UUID:
    lead_id = a_lead_id()
    values = {
        "id": lead_id,
        "workspace_id": ACME,
        "domain": f"{score}-{hour}.com",
        "company_data": {"name": f"{score} {hour}", "industry": "Technology"},
        "intent_data": None if score is None else {"score": score, "signals": []},
        "created_at": MORNING + timedelta(hours=hour),
        **columns,
    }
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await replica.database.pool.execute(
        f"INSERT INTO leads ({', '.join(values)}) VALUES ({places})",  # noqa: S608 - the names are ours
        *values.values(),
    )
    return lead_id


async def test_leads_by_intent_score_newest_first(discovery: Replica, stranger: Any) -> None:
    older, newer = await add(discovery, "hot", hour=1), await add(discovery, "hot", hour=2)
    await add(discovery, "warm")
    await add(discovery, None)
    await add(discovery, "hot", workspace_id=OTHER)

    rows = await stranger.fetch(
        "SELECT * FROM discovery.get_leads_by_intent_score($1, 'hot')", ACME
    )

    assert [row["id"] for row in rows] == [newer, older]
    assert dict(rows[0]) == {
        "id": newer,
        "company_name": "hot 2",
        "domain": "hot-2.com",
        "intent_score": "hot",
        "created_at": MORNING + timedelta(hours=2),
    }


async def test_platform_upload_stats(discovery: Replica, stranger: Any) -> None:
    for hour, (score, platform) in enumerate(
        [("hot", "tech"), ("warm", "tech"), ("cold", "tech"), ("warm", "retail")]
    ):
        await add(
            discovery,
            score,
            hour=hour,
            platform_uploaded=True,
            platform_name=platform,
            platform_uploaded_at=MORNING + timedelta(hours=hour),
        )
    await add(discovery, "hot", hour=9)

    rows = await stranger.fetch("SELECT * FROM discovery.get_platform_upload_stats($1)", ACME)

    assert [dict(row) for row in rows] == [
        {
            "platform_name": "retail",
            "hot_leads": 0,
            "warm_leads": 1,
            "total_leads": 1,
            "last_upload": MORNING + timedelta(hours=3),
        },
        {
            "platform_name": "tech",
            "hot_leads": 1,
            "warm_leads": 1,
            "total_leads": 3,
            "last_upload": MORNING + timedelta(hours=2),
        },
    ]


async def test_leads_ready_for_upload_hot_first_then_newest_enriched(
    discovery: Replica, stranger: Any
) -> None:
    def done(hour: int) -> dict[str, Any]:
        return {
            "hour": hour,
            "enrichment_status": "completed",
            "enriched_at": MORNING + timedelta(hours=hour),
        }

    warm_new = await add(discovery, "warm", **done(5))
    warm_old = await add(discovery, "warm", **done(1))
    hot_old = await add(discovery, "hot", **done(2))
    hot_new = await add(discovery, "hot", **done(3))
    await add(discovery, "cold", **done(4))
    await add(discovery, "hot", hour=6)
    await add(discovery, "hot", **done(7), platform_uploaded=True)

    async def ready(*score: str) -> list[Any]:
        given = "($1, $2)" if score else "($1)"
        call = f"discovery.get_leads_ready_for_upload{given}"
        return list(await stranger.fetch(f"SELECT * FROM {call}", ACME, *score))  # noqa: S608 - ours

    assert [row["id"] for row in await ready()] == [hot_new, hot_old, warm_new, warm_old]
    assert [row["id"] for row in await ready("warm")] == [hot_new, hot_old, warm_new, warm_old]
    assert [row["id"] for row in await ready("hot")] == [hot_new, hot_old]
    assert await ready("cold") == []
    assert await ready("nonsense") == []
    assert dict((await ready())[0]) == {
        "id": hot_new,
        "company_name": "hot 3",
        "domain": "hot-3.com",
        "industry": "Technology",
        "intent_score": "hot",
        "enriched_at": MORNING + timedelta(hours=3),
    }


async def test_the_intent_breakdown_of_workspaces(discovery: Replica, stranger: Any) -> None:
    await post(discovery, "workspaces", {"slug": "other-corp"})
    for score in ("hot", "hot", "warm", "cold", None, None, None):
        await add(discovery, score)

    rows = await stranger.fetch("SELECT * FROM discovery.lead_intent_breakdown")

    assert {row["workspace_id"]: dict(row) for row in rows} == {
        ACME: {
            "workspace_id": ACME,
            "hot_count": 2,
            "warm_count": 1,
            "cold_count": 4,
            "total_count": 7,
            "hot_percentage": Decimal("28.6"),
            "warm_percentage": Decimal("14.3"),
        },
        OTHER: {
            "workspace_id": OTHER,
            "hot_count": 0,
            "warm_count": 0,
            "cold_count": 0,
            "total_count": 0,
            "hot_percentage": Decimal("0.0"),
            "warm_percentage": Decimal("0.0"),
        },
    }

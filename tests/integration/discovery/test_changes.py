"""Two people at once, and what a body leaves out: nobody's change undoes another's."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from integration.discovery.builders import ACME, a_query, get, post
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica

FILTERS = {"location": {"country": "Canada"}, "company_size": {"min": 50}}
OTHERS = {"industry": ["Technology"]}
RACES = 30


async def patch(replica: Replica, query_id: UUID, body: dict[str, Any]) -> Any:
    answer = await replica.http.patch(f"/queries/{query_id}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_pause_and_a_change_of_filters_at_once_both_count(
    make_replica: MakeReplica,
) -> None:
    first, second = await make_replica(), await make_replica()
    query_ids = [await a_query(first, f"query {n}", filters=FILTERS) for n in range(RACES)]

    for query_id in query_ids:
        await asyncio.gather(
            post(first, f"queries/{query_id}/pause"),
            patch(second, query_id, {"filters": OTHERS}),
            patch(first, query_id, {"topic": {"name": "Cloud"}}),
        )

    shown = [await get(first, f"queries/{query_id}") for query_id in query_ids]
    assert Counter((q["status"], str(q["filters"]), q["topic"]["name"]) for q in shown) == {
        ("paused", str(OTHERS), "Cloud"): RACES
    }


async def test_the_audit_tells_changes_that_came_at_once_one_after_the_other(
    make_replica: MakeReplica,
) -> None:
    replicas = [await make_replica() for _ in range(3)]
    query_id = await a_query(replicas[0], filters=FILTERS)
    sizes = [{"company_size": {"min": number}} for number in range(12)]

    await asyncio.gather(
        *(
            patch(replicas[number % 3], query_id, {"filters": size})
            for number, size in enumerate(sizes)
        )
    )

    rows = [row for row in await replicas[0].rows("audit_log") if row["action"] == "query.changed"]
    befores = Counter(str(row["before"]["filters"]) for row in rows)
    afters = Counter(str(row["after"]["filters"]) for row in rows)
    last = (await get(replicas[0], f"queries/{query_id}"))["filters"]
    assert len(rows) == 12
    assert befores + Counter([str(last)]) == afters + Counter([str(FILTERS)])


async def test_making_the_same_query_at_once_makes_it_once(make_replica: MakeReplica) -> None:
    replicas = [await make_replica() for _ in range(3)]
    await post(replicas[0], "workspaces", {"slug": "acme-growth"})
    body = {"workspace_id": str(ACME), "name": "AI", "topic": {"name": "AI"}}

    made = await asyncio.gather(*(post(replicas[n % 3], "queries", body) for n in range(12)))

    assert len({each["id"] for each in made}) == 1
    actions = [row["action"] for row in await replicas[0].rows("audit_log")]
    assert actions.count("query.created") == 1


@pytest.mark.parametrize(
    ("said", "status", "filters"),
    [
        ({}, "paused", FILTERS),
        ({"filters": OTHERS}, "paused", OTHERS),
        ({"filters": {}}, "paused", {}),
        ({"status": "active"}, "active", FILTERS),
        ({"status": "completed", "filters": OTHERS}, "completed", OTHERS),
    ],
)
async def test_making_a_query_again_changes_only_what_is_said(
    discovery: Replica, said: dict[str, Any], status: str, filters: dict[str, Any]
) -> None:
    query_id = await a_query(discovery, filters=FILTERS)
    await post(discovery, f"queries/{query_id}/pause")

    await a_query(discovery, **said)

    shown = await get(discovery, f"queries/{query_id}")
    assert (shown["status"], shown["filters"]) == (status, filters)
    assert shown["topic"]["category"] == "technology"


async def test_a_new_query_is_active_and_unfiltered(discovery: Replica) -> None:
    shown = await get(discovery, f"queries/{await a_query(discovery)}")

    assert (shown["status"], shown["filters"]) == ("active", {})


@pytest.mark.parametrize("field", ["status", "filters", "topic"])
async def test_null_is_not_how_something_is_left_out(discovery: Replica, field: str) -> None:
    query_id = await a_query(discovery, filters=FILTERS)
    body = {"workspace_id": str(ACME), "name": "AI tools", "topic": {"name": "AI"}, field: None}

    changed = await discovery.http.patch(f"/queries/{query_id}", json={field: None})
    made = await discovery.http.post("/queries", json=body)

    assert (changed.status_code, made.status_code) == (422, 422)
    assert (await get(discovery, f"queries/{query_id}"))["filters"] == FILTERS


async def test_a_workspace_keeps_a_name_that_is_not_said(discovery: Replica) -> None:
    named = await post(discovery, "workspaces", {"slug": "acme-growth", "name": "Acme Growth"})

    again = await post(discovery, "workspaces", {"slug": "acme-growth"})
    unnamed = await post(discovery, "workspaces", {"slug": "other-corp"})

    assert again == named
    assert unnamed["name"] == "other-corp"


async def test_a_topic_keeps_a_category_that_is_not_said(discovery: Replica) -> None:
    await post(discovery, "topics", {"name": "AI", "category": "technology"})

    again = await post(discovery, "topics", {"name": "AI"})

    assert again["category"] == "technology"

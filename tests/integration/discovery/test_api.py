"""The admin API: who sees what, what applying twice does, and what a trigger promises."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from integration.discovery.builders import (
    ACME,
    MORNING,
    OTHER,
    TOPIC,
    a_company,
    a_lead_id,
    a_query,
    companies,
    delivered,
    enriched,
    failed,
    get,
    post,
    run,
    uploaded,
)
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream.ids import derived_id
from leadstream_dev.sandbox import Sandbox

FILTERS = {
    "location": {"country": "United States", "state": "California"},
    "company_size": {"min": 50, "max": 500},
    "revenue": {"min": 1000000},
    "industry": ["Technology"],
}


def _token(name: str, role: str, workspace: UUID | None = None) -> dict[str, Any]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {"name": name, "sha256": digest, "role": role, "workspace": workspace}


TOKENS = [
    _token("boss", "admin"),
    _token("viewer", "viewer"),
    _token("acme", "operator", ACME),
    _token("other", "operator", OTHER),
]


@pytest.fixture
async def guarded(make_replica: MakeReplica) -> Replica:
    """A replica with tokens, called as `boss` unless said otherwise."""
    replica = await make_replica(admin_tokens=TOKENS)
    replica.http.headers["authorization"] = "Bearer boss"
    return replica


async def call(replica: Replica, who: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {who}"}
    return await replica.http.request(method, f"/{path}", headers=headers, **more)


async def test_applying_twice_changes_nothing(discovery: Replica) -> None:
    workspace = {"slug": "acme-growth", "name": "Acme Growth"}
    query = {
        "workspace_id": str(ACME),
        "name": "AI tools in California",
        "topic": {"name": "AI automation tools", "category": "technology"},
        "status": "active",
        "filters": FILTERS,
    }
    first = [await post(discovery, "workspaces", workspace, status=201)]
    first.append(await post(discovery, "queries", query, status=201))
    audited = await discovery.rows("audit_log")

    again = [await post(discovery, "workspaces", workspace, status=201)]
    again.append(await post(discovery, "queries", query, status=201))

    assert again == first
    assert await discovery.rows("audit_log") == audited
    assert first[0]["id"] == str(ACME)
    assert first[1]["id"] == str(derived_id("query", ACME, "AI tools in California"))
    assert first[1]["filters"] == FILTERS
    assert first[1]["topic"] == {
        "id": str(derived_id("topic", "AI automation tools")),
        "name": "AI automation tools",
        "category": "technology",
    }


async def test_changed_content_changes_the_row_and_is_audited(discovery: Replica) -> None:
    query_id = await a_query(discovery, "one", filters=FILTERS)

    changed = {"location": {"country": "Canada"}, "company_size": {"min": 0}}
    assert await a_query(discovery, "one", filters=changed, status="paused") == query_id

    shown = await get(discovery, f"queries/{query_id}")
    assert (shown["status"], shown["filters"]) == ("paused", changed)
    (audited,) = [
        row for row in await discovery.rows("audit_log") if row["action"] == "query.changed"
    ]
    assert audited["target"] == f"query:{query_id}"
    assert audited["before"]["status"] == "active"
    assert audited["after"]["status"] == "paused"
    assert audited["workspace_id"] == ACME


async def test_a_query_is_changed_in_part_paused_and_resumed(discovery: Replica) -> None:
    query_id = await a_query(discovery, filters=FILTERS)

    paused = await post(discovery, f"queries/{query_id}/pause")
    resumed = await post(discovery, f"queries/{query_id}/resume")
    answer = await discovery.http.patch(
        f"/queries/{query_id}", json={"topic": {"name": "Cloud"}, "status": "completed"}
    )

    assert (paused["status"], resumed["status"]) == ("paused", "active")
    changed = answer.json()
    assert (changed["status"], changed["topic"]["name"]) == ("completed", "Cloud")
    assert changed["filters"] == FILTERS


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"status": "sleeping"}, "status"),
        ({"topic": {}}, "topic.name"),
        ({"topic": {"name": "x", "kind": "y"}}, "topic.kind"),
        ({"filters": {"locaton": {}}}, "filters.locaton"),
        ({"filters": {"company_size": {"min": -1}}}, "filters.company_size.min"),
        ({"filters": {"company_size": {"min": 9, "max": 1}}}, "filters.company_size"),
        ({"filters": {"revenue": {"max": "lots"}}}, "filters.revenue.max"),
        ({"filters": {"industry": "Technology"}}, "filters.industry"),
        ({"workspace_id": "acme"}, "workspace_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_bad_input_is_refused_with_the_field(
    discovery: Replica, change: dict[str, Any], field: str
) -> None:
    await post(discovery, "workspaces", {"slug": "acme-growth"})
    body = {"workspace_id": str(ACME), "name": "AI", "topic": {"name": "AI"}}

    answer = await discovery.http.post("/queries", json=body | change)

    assert answer.status_code == 422
    assert answer.json()["error"]["field"].startswith(field)
    assert await discovery.rows("queries") == []


async def test_a_workspace_keeps_its_name_where_none_is_given(discovery: Replica) -> None:
    fresh = await post(discovery, "workspaces", {"slug": "fresh-one"})
    named = await post(discovery, "workspaces", {"slug": "acme-growth", "name": "Acme Growth"})

    assert fresh["name"] == "fresh-one"
    assert await post(discovery, "workspaces", {"slug": "acme-growth"}) == named


@pytest.mark.parametrize("slug", ["", "Acme", "-acme", "a b", "x" * 64, "a/b", None])
async def test_a_slug_is_plain(discovery: Replica, slug: object) -> None:
    answer = await discovery.http.post("/workspaces", json={"slug": slug})

    assert answer.status_code == 422


async def test_b41_a_trigger_names_jobs_that_are_durable(
    discovery: Replica, sandbox: Sandbox
) -> None:
    mine, theirs = await a_query(discovery, "a"), await a_query(discovery, "b", workspace=OTHER)
    await a_query(discovery, "paused", status="paused")

    answer = await post(discovery, "trigger-lead-generation", status=202)

    stored = {str(job["id"]): job for job in await discovery.rows("jobs")}
    assert set(answer["jobs"]) == set(stored)
    assert {job["payload"]["query_id"] for job in stored.values()} == {str(mine), str(theirs)}
    assert {job["payload"]["tick_id"] for job in stored.values()} == {answer["tick_id"]}
    await discovery.finish()
    assert len(sandbox.ledger.entries(provider="datashopper")) == 2
    assert {str(row["id"]) for row in await discovery.rows("query_runs")} == set(answer["jobs"])


async def test_b41_a_trigger_may_name_a_query_or_a_workspace(discovery: Replica) -> None:
    mine, theirs = await a_query(discovery, "a"), await a_query(discovery, "b", workspace=OTHER)

    one = await post(discovery, "trigger-lead-generation", {"query_id": str(mine)})
    other = await post(discovery, "trigger-lead-generation", {"workspace_id": str(OTHER)})

    queries = {str(job["id"]): job["payload"]["query_id"] for job in await discovery.rows("jobs")}
    assert [queries[job] for job in one["jobs"]] == [str(mine)]
    assert [queries[job] for job in other["jobs"]] == [str(theirs)]


async def test_who_triggers_waits_for_no_connection_that_another_holds(discovery: Replica) -> None:
    """More of them at once than there are connections, when what workspaces ask is not known yet."""
    query = await a_query(discovery, "a")
    body = {"query_id": str(query)}

    async with asyncio.timeout(20):
        answers = await asyncio.gather(
            *(post(discovery, "trigger-lead-generation", body, status=202) for _ in range(20))
        )

    assert [len(answer["jobs"]) for answer in answers] == [1] * 20


async def test_b04_triggering_with_nothing_to_run_succeeds(discovery: Replica) -> None:
    assert (await post(discovery, "trigger-lead-generation", status=202))["jobs"] == []
    paused = await a_query(discovery, status="paused")

    answer = await post(discovery, "trigger-lead-generation", {"query_id": str(paused)}, status=202)

    assert answer["jobs"] == []


async def test_b41_without_an_id_a_workspaces_caller_runs_its_own(guarded: Replica) -> None:
    mine = await a_query(guarded, "a")
    await a_query(guarded, "b", workspace=OTHER)

    answer = await call(guarded, "acme", "POST", "trigger-lead-generation")

    assert answer.status_code == 202
    (job,) = await guarded.rows("jobs")
    assert answer.json()["jobs"] == [str(job["id"])]
    assert job["payload"]["query_id"] == str(mine)


async def test_b41_b42_what_is_anothers_or_nowhere_is_not_found(
    guarded: Replica, sandbox: Sandbox
) -> None:
    theirs = await a_query(guarded, workspace=OTHER)
    await sandbox.control.catalogue(TOPIC, [a_company()])
    await run(guarded)
    (lead,) = await guarded.rows("leads")
    before = {table: await guarded.rows(table) for table in ("queries", "leads", "jobs", "topics")}
    nobody = a_lead_id()
    query = {"workspace_id": str(OTHER), "name": "mine now", "topic": {"name": "AI"}}

    for method, path, body in [
        ("POST", "trigger-lead-generation", {"query_id": str(theirs)}),
        ("POST", "trigger-lead-generation", {"query_id": str(nobody)}),
        ("POST", "trigger-lead-generation", {"workspace_id": str(OTHER)}),
        ("POST", "queries", query),
        ("POST", "workspaces", {"slug": "other-corp", "name": "Mine now"}),
        ("PATCH", f"queries/{theirs}", {"status": "paused"}),
        ("POST", f"queries/{theirs}/pause", None),
        ("GET", f"queries/{theirs}", None),
        ("GET", f"queries/{theirs}/runs", None),
        ("GET", f"queries?workspace_id={OTHER}", None),
        ("GET", f"leads/{lead['id']}", None),
        ("GET", f"leads/{nobody}", None),
        ("GET", f"leads?workspace_id={OTHER}", None),
        ("GET", f"workspaces/{OTHER}", None),
        ("GET", f"topics/{derived_id('topic', TOPIC)}", None),
        ("GET", f"trends?workspace_id={OTHER}", None),
    ]:
        answer = await call(guarded, "acme", method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)

    assert before == {table: await guarded.rows(table) for table in before}
    for path in ("workspaces", "topics", "queries", "leads", "trends"):
        assert (await call(guarded, "acme", "GET", path)).json()["items"] == [], path


async def test_an_unknown_workspace_is_not_found(discovery: Replica) -> None:
    body = {"workspace_id": str(ACME), "name": "AI", "topic": {"name": "AI"}}

    assert (await discovery.http.post("/queries", json=body)).status_code == 404
    trigger = {"workspace_id": str(ACME)}
    answer = await discovery.http.post("/trigger-lead-generation", json=trigger)
    assert answer.status_code == 404
    assert await discovery.rows("topics") == []


async def test_roles_and_tokens(guarded: Replica) -> None:
    query_id = await a_query(guarded)

    assert (await call(guarded, "nobody", "GET", "leads")).status_code == 401
    assert (await call(guarded, "viewer", "GET", "leads")).status_code == 200
    for path in ("trigger-lead-generation", f"queries/{query_id}/pause"):
        assert (await call(guarded, "viewer", "POST", path)).status_code == 403
    topic = {"name": "Cloud"}
    assert (await call(guarded, "acme", "POST", "topics", json=topic)).status_code == 403
    assert await guarded.rows("jobs") == []


async def test_a_workspace_fills_in_a_topics_category_and_does_not_change_it(
    guarded: Replica,
) -> None:
    await a_query(guarded, "theirs", workspace=OTHER, topic="Cloud")
    await post(guarded, "workspaces", {"slug": "acme-growth"})
    body = {
        "workspace_id": str(ACME),
        "name": "mine",
        "topic": {"name": "Cloud", "category": "weather"},
    }

    answer = await call(guarded, "acme", "POST", "queries", json=body)

    assert answer.status_code == 201
    assert answer.json()["topic"]["category"] == "technology"
    changed = await post(guarded, "topics", {"name": "Cloud", "category": "weather"}, status=201)
    assert changed["category"] == "weather"


async def test_lists_are_paged_and_filtered(discovery: Replica, sandbox: Sandbox) -> None:
    query_id = await a_query(discovery)
    await a_query(discovery, "two", topic="Cloud")
    await a_query(discovery, "theirs", workspace=OTHER, topic="Rain")
    await sandbox.control.catalogue(TOPIC, companies(5))
    await sandbox.control.catalogue("Cloud", [a_company("hot.com", high=3)])
    await sandbox.control.catalogue("Rain", [a_company("rain.com", high=1)])
    await run(discovery)
    await run(discovery, at=MORNING + timedelta(days=1))

    for path, expected in [("leads", 7), ("queries", 3), ("workspaces", 2), ("topics", 3)]:
        assert await _walk(discovery, path) == expected, path
    assert await _walk(discovery, f"queries/{query_id}/runs") == 2

    async def found(**params: Any) -> set[str]:
        page = await get(discovery, "leads", **params)
        return {lead["domain"] for lead in page["items"]}

    assert await found(score="hot") == {"hot.com"}
    assert await found(workspace_id=OTHER) == {"rain.com"}
    assert await found(query_id=query_id) == {f"company-{n}.com" for n in range(5)}
    assert await found(domain="company-3.com") == {"company-3.com"}
    assert await found(enrichment_status="completed") == set()
    assert await found(platform_uploaded=False, score="warm") == {"rain.com"}
    assert await found(since="2999-01-01T00:00:00Z") == set()
    (workspace,) = (await get(discovery, "workspaces", slug="other-corp"))["items"]
    assert workspace["id"] == str(OTHER)
    answer = await discovery.http.get("/leads", params={"cursor": "bm9uc2Vuc2U"})
    assert answer.status_code == 422


async def _walk(replica: Replica, path: str) -> int:
    """Page through a list two rows at a time; no row may be seen twice."""
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = await get(replica, path, **params)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            assert len(seen) == len(set(seen))
            return len(seen)


async def test_the_whole_story_of_a_lead(discovery: Replica, sandbox: Sandbox) -> None:
    query_id = await a_query(discovery)
    for day, high in enumerate((0, 3)):
        await sandbox.control.catalogue(TOPIC, [a_company(high=high)])
        await run(discovery, at=MORNING + timedelta(days=day))
    (lead,) = await discovery.rows("leads")
    lead_id, job_id = lead["id"], str(a_lead_id())
    channel = {"channel": "email", "destination_id": str(a_lead_id()), "status": "delivered"}
    for topic, event in [
        ("lead.enriched", enriched(lead_id, revision=2)),
        ("lead.delivered", delivered(lead_id, revision=2, channels=[channel])),
        ("lead.failed", failed(lead_id, stage="platform-upload", revision=2, job_id=job_id)),
        ("lead.uploaded", uploaded(lead_id, revision=2, external_id="crm-1")),
    ]:
        await discovery.take_in(topic, event)

    story = await get(discovery, f"leads/{lead_id}")

    assert story["id"] == str(lead_id)
    assert [run["query_id"] for run in story["runs"]] == [str(query_id)] * 2
    assert [(each["revision"], each["score"]) for each in story["revisions"]] == [
        (1, "cold"),
        (2, "hot"),
    ]
    assert story["revisions"][0]["run_id"] == story["runs"][0]["id"]
    assert story["enrichments"][0]["status"] == "completed"
    (delivery,) = story["deliveries"]
    assert delivery["channels"][0]["channel"] == "email"
    (upload,) = story["uploads"]
    assert (upload["platform"], upload["external_id"]) == ("tech-platform", "crm-1")
    (error,) = story["errors"]
    assert (error["stage"], error["job_id"]) == ("platform-upload", job_id)
    assert error["error"]["message"] == "platform-upload broke"

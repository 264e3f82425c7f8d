"""b38, b41: people start work by hand, by HTTP and on the command line; who may, and what the answer is worth."""

import re
from uuid import UUID, uuid4

import pytest

from leadstream.ids import derived_id, workspace_id
from support.pipeline import TENANT, Pipeline
from support.waiting import eventually

LEADS = "trigger-lead-generation"
ENRICH = "trigger-enrichment"
JOB = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b")


@pytest.fixture
async def topic() -> str:
    return f"trigger {uuid4()}"


@pytest.fixture
async def own_query(pipeline: Pipeline, topic: str) -> UUID:
    """A query of the workspace that the token `tenant` is for."""
    return await _query(pipeline, TENANT, topic)


@pytest.fixture
async def other_query(pipeline: Pipeline, topic: str) -> UUID:
    return await _query(pipeline, f"other-{uuid4().hex[:8]}", topic)


async def _query(pipeline: Pipeline, slug: str, topic: str) -> UUID:
    name = f"query {uuid4()}"
    await pipeline.apply_quietly(
        {"slug": slug, "queries": [{"name": name, "topic": {"name": topic}}]}
    )
    return derived_id("query", workspace_id(slug), name)


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("discovery", LEADS),
        ("enrichment", ENRICH),
        ("delivery", "pauses"),
        ("platform-upload", "jobs/retry"),
        ("scheduler", "schedules/daily-lead-generation/trigger"),
    ],
)
async def test_b41_without_a_token_that_is_known_nobody_gets_in(
    pipeline: Pipeline, service: str, path: str, token: str | None
) -> None:
    async with pipeline.client(service, token) as client:
        answer = await client.post(path, json={})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "service", ["discovery", "enrichment", "delivery", "platform-upload", "scheduler"]
)
async def test_b41_a_viewer_looks_and_changes_nothing(pipeline: Pipeline, service: str) -> None:
    async with pipeline.client(service, "viewer") as client:
        listed = await client.get("jobs")
        changed = await client.post("pauses", json={"scope": "all", "reason": "because"})

    assert (listed.status_code, changed.status_code) == (200, 403)
    assert "all" not in await pipeline.pauses(service)


async def test_b41_a_query_of_another_workspace_is_not_there(
    pipeline: Pipeline, own_query: UUID, other_query: UUID, topic: str
) -> None:
    async with pipeline.client("discovery", "tenant") as client:
        foreign = await client.post(LEADS, json={"query_id": str(other_query)})
        unknown = await client.post(LEADS, json={"query_id": str(uuid4())})
        own = await client.post(LEADS, json={"query_id": str(own_query)})

    assert (foreign.status_code, unknown.status_code, own.status_code) == (404, 404, 202)
    await eventually(lambda: _searched(pipeline, topic, 1), "the own query was not run")


async def test_b41_the_jobs_that_a_trigger_names_are_stored_by_then(
    pipeline: Pipeline, own_query: UUID, topic: str
) -> None:
    async with pipeline.client("discovery", "operator") as client:
        answer = await client.post(LEADS, json={"query_id": str(own_query)})
        named = answer.json()["jobs"]
        stored = [await client.get(f"jobs/{job}") for job in named]

    assert answer.status_code == 202
    assert len(named) == 1
    assert [job.status_code for job in stored] == [200]
    await eventually(lambda: _searched(pipeline, topic, 1), "the job was not run")


async def test_b41_without_a_query_all_of_the_callers_are_run_and_no_others(
    pipeline: Pipeline, own_query: UUID, other_query: UUID
) -> None:
    async with pipeline.client("discovery", "tenant") as client:
        answer = await client.post(LEADS, json={})
        jobs = [(await client.get(f"jobs/{job}")).json() for job in answer.json()["jobs"]]

    queries = {job["payload"]["query_id"] for job in jobs}
    assert str(own_query) in queries
    assert str(other_query) not in queries
    assert {job["workspace_id"] for job in jobs} == {str(workspace_id(TENANT))}


async def test_b41_a_lead_is_enriched_by_hand_for_one_credit_and_never_anothers(
    pipeline: Pipeline, workspace: UUID
) -> None:
    await pipeline.apply_quietly(
        {"slug": TENANT, "users": [{"email": "tess@e2e.example", "daily_credit_limit": 1}]}
    )
    lead_id = await pipeline.produce_lead(
        workspace_id(TENANT), company={"name": "Own", "domain": f"{uuid4().hex}.example"}
    )
    foreign = await pipeline.produce_lead(workspace)
    await pipeline.lead_when(lead_id, enrichment_status="completed")
    await pipeline.lead_when(foreign, enrichment_status="completed")
    accounts = await pipeline.get("enrichment", "credits", workspace_id=str(workspace_id(TENANT)))
    user = str(accounts["items"][0]["id"])

    async with pipeline.client("enrichment", "tenant") as client:
        other = await client.post(ENRICH, json={"lead_id": str(foreign)})
        first = await client.post(ENRICH, json={"lead_id": str(lead_id), "user_id": user})
        job = await client.get(f"jobs/{first.json()['job_id']}")

    assert other.status_code == 404
    assert (first.status_code, job.status_code) == (202, 200)
    # The answer came from the cache: the credit it had taken is given back.
    await eventually(lambda: _spent_nothing(pipeline, user), "the credit was not given back")


async def _spent_nothing(pipeline: Pipeline, user: str) -> bool:
    account = await pipeline.get("enrichment", f"credits/{user}")
    return bool(account["daily_credits_used"] == 0)


async def test_b41_the_command_line_triggers_a_query_a_workspace_and_a_lead(
    pipeline: Pipeline, own_query: UUID, topic: str
) -> None:
    lead_id = await pipeline.produce_lead(workspace_id(TENANT))
    await pipeline.lead_when(lead_id, enrichment_status="completed")

    one = (await pipeline.cli("trigger", "--query", str(own_query), by="tenant")).ok()
    all_of_it = (await pipeline.cli("trigger", "--workspace", str(workspace_id(TENANT)))).ok()
    lead = (await pipeline.cli("trigger", "--lead", str(lead_id))).ok()

    for ran, service in ((one, "discovery"), (all_of_it, "discovery"), (lead, "enrichment")):
        jobs = JOB.findall(ran.stdout.split("job", 1)[1])
        assert jobs
        for job in jobs:
            assert (await pipeline.get(service, f"jobs/{job}"))["id"] == job
    await eventually(lambda: _searched(pipeline, topic, 1), "the query was not run")


async def test_b41_the_command_line_says_why_not(pipeline: Pipeline, other_query: UUID) -> None:
    refused = await pipeline.cli("trigger", "--query", str(other_query), by="wrong")
    viewer = await pipeline.cli("trigger", "--query", str(other_query), by="viewer")
    foreign = await pipeline.cli("trigger", "--query", str(other_query), by="tenant")

    assert (refused.code, viewer.code, foreign.code) == (1, 1, 1)
    assert "LEADSTREAM_TOKEN" in refused.stderr
    assert "higher role" in viewer.stderr
    assert "there is no such query" in foreign.stderr
    assert "Traceback" not in refused.stderr + viewer.stderr + foreign.stderr


async def test_b38_a_schedule_is_run_by_hand_and_its_tick_is_stored(
    pipeline: Pipeline, own_query: UUID, topic: str
) -> None:
    ran = (await pipeline.cli("trigger", "--schedule", "daily-lead-generation")).ok()

    (tick,) = JOB.findall(ran.stdout)
    ticks = await pipeline.get("scheduler", "schedules/daily-lead-generation/ticks")
    assert tick in {row["id"] for row in ticks["items"]}
    await eventually(lambda: _searched(pipeline, topic, 1), "the tick has run nothing", within=20)
    unknown = await pipeline.cli("trigger", "--schedule", "nightly")
    assert unknown.code == 1
    assert "404" in unknown.stderr


async def _searched(pipeline: Pipeline, topic: str, times: int) -> bool:
    return pipeline.ledger.searches()[topic] >= times

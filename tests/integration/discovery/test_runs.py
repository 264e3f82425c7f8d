"""Cases 3 to 12: from a tick, through the provider, to leads and their events."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration.discovery.builders import (
    ACME,
    MORNING,
    OTHER,
    TOPIC,
    a_company,
    a_query,
    a_tick,
    companies,
    get,
    run,
)
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from support.waiting import eventually

TOMORROW = MORNING + timedelta(days=1)


async def only_run(replica: Replica) -> dict[str, Any]:
    (row,) = await replica.rows("query_runs")
    return row


def searches(sandbox: Sandbox) -> list[Entry]:
    return sandbox.ledger.entries(provider="datashopper", operation="search")


def figures(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["found"], row["created"], row["known"], row["rejected"]


async def test_b03_an_active_query_makes_exactly_one_search(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query_id = await a_query(
        discovery,
        filters={
            "location": {"country": "United States", "state": "California", "city": "Oakland"},
            "company_size": {"min": 0, "max": 500},
            "revenue": {"min": 0, "max": 9000000},
            "industry": ["Technology", "Finance"],
        },
    )

    await run(discovery)

    (search,) = searches(sandbox)
    assert search["path"] == "/datashopper/v1/companies/search"
    assert search["query"] == (
        "topic=AI+automation+tools&limit=50&country=United+States&state=California&city=Oakland"
        "&min_employees=0&max_employees=500&min_revenue=0&max_revenue=9000000"
        "&industry=Technology&industry=Finance"
    )
    assert search.status == 200
    row = await only_run(discovery)
    assert (row["query_id"], row["workspace_id"], row["status"]) == (query_id, ACME, "succeeded")
    assert row["error"] is None
    assert row["finished_at"] > row["started_at"]
    query = await get(discovery, f"queries/{query_id}")
    assert datetime.fromisoformat(query["last_run_at"]) == row["finished_at"]


@pytest.mark.parametrize("status", ["paused", "completed"])
async def test_b04_a_query_that_is_not_active_is_not_searched(
    discovery: Replica, sandbox: Sandbox, status: str
) -> None:
    query_id = await a_query(discovery, status=status)

    await run(discovery)
    await run(discovery, at=TOMORROW, query_id=query_id)

    assert searches(sandbox) == []
    assert await discovery.rows("jobs") == []
    assert await discovery.rows("dead_letters") == []


async def test_b04_a_query_paused_after_its_job_was_made_is_not_searched(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query_id = await a_query(discovery)
    await discovery.http.post("/pauses", json={"scope": "kind:run-query", "reason": "test"})
    await discovery.take_in("scheduler.tick", a_tick())
    await discovery.http.post(f"/queries/{query_id}/pause")

    await discovery.lift("kind:run-query")
    await discovery.finish()

    assert searches(sandbox) == []
    assert (await only_run(discovery))["status"] == "skipped"


async def test_b05_sixty_results_make_fifty_leads_that_day_re_runs_included(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sandbox.control.catalogue(TOPIC, companies(60), ignore_limit=True)

    await run(discovery)
    first = await only_run(discovery)
    await run(discovery, at=MORNING + timedelta(hours=5))

    assert figures(first) == (60, 50, 0, 10)
    assert len(await discovery.rows("leads")) == 50
    again = (await discovery.rows("query_runs", "started_at"))[1]
    assert figures(again) == (60, 0, 50, 10)
    assert len(await discovery.events("lead.discovered")) == 50

    await run(discovery, at=TOMORROW)

    assert len(await discovery.rows("leads")) == 60


async def test_b06_known_leads_are_told_from_new_ones(discovery: Replica, sandbox: Sandbox) -> None:
    query_id = await a_query(discovery)
    await sandbox.control.catalogue(TOPIC, companies(10))
    await run(discovery)
    await sandbox.control.catalogue(TOPIC, companies(50))

    await run(discovery, at=TOMORROW)

    runs = (await get(discovery, f"queries/{query_id}/runs"))["items"]
    assert [(each["found"], each["created"], each["known"]) for each in runs] == [
        (50, 40, 10),
        (10, 10, 0),
    ]
    assert len(await discovery.rows("leads")) == 50
    assert len(await discovery.events("lead.discovered")) == 50


async def test_b07_one_company_is_one_lead_of_a_workspace(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, "one")
    await a_query(discovery, "two", topic="Cloud")
    await a_query(discovery, "theirs", workspace=OTHER)
    spelled = a_company("https://www.ACME.com/", high=1)
    await sandbox.control.catalogue(TOPIC, [a_company("acme.com", high=1), spelled])
    await sandbox.control.catalogue("Cloud", [spelled])

    await run(discovery)

    leads = await discovery.rows("leads")
    assert Counter(lead["workspace_id"] for lead in leads) == {ACME: 1, OTHER: 1}
    assert {lead["domain"] for lead in leads} == {"acme.com"}
    assert len(await discovery.events("lead.discovered")) == 2
    runs = {figures(row) for row in await discovery.rows("query_runs")}
    assert runs <= {(2, 1, 1, 0), (2, 0, 2, 0), (1, 0, 1, 0), (1, 1, 0, 0)}


async def test_b08_what_is_no_company_domain_is_none(discovery: Replica, sandbox: Sandbox) -> None:
    await a_query(discovery)
    odd = ["gmail.com", "10.0.0.1", "localhost", None, "münchen.example"]
    await sandbox.control.catalogue(TOPIC, [a_company(domain) for domain in odd])

    await run(discovery)

    leads = await discovery.rows("leads")
    domains = {lead["company_data"]["name"]: lead["domain"] for lead in leads}
    assert domains == {
        "Company gmail.com": None,
        "Company 10.0.0.1": None,
        "Company localhost": None,
        "Company None": None,
        "Company münchen.example": "xn--mnchen-3ya.example",
    }
    for event in await discovery.events("lead.discovered"):
        assert event["company"]["domain"] == domains[event["company"]["name"]]


async def test_b09_a_malformed_item_is_rejected_with_its_reason_and_the_rest_is_stored(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query_id = await a_query(discovery)
    nameless = {"domain": "nameless.com", "intent_signals": []}
    await sandbox.control.catalogue(TOPIC, [*companies(49), nameless])

    await run(discovery)

    assert figures(await only_run(discovery)) == (50, 49, 0, 1)
    (shown,) = (await get(discovery, f"queries/{query_id}/runs"))["items"]
    assert shown["rejections"] == {"missing_name": 1}


async def test_text_that_postgres_cannot_hold_is_taken_out_of_an_answer(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    body = r'{"results": [{"name": "Ac\u0000me \ud800Corp", "domain": "acme.com"}]}'
    await sandbox.control.script("datashopper", "search", {"body": body})

    await run(discovery)

    (lead,) = await discovery.rows("leads")
    assert lead["company_data"]["name"] == "Acme Corp"


@pytest.mark.parametrize(
    "misbehaviour",
    [
        {"errors": {"status": 500}},
        {"errors": {"status": 200, "body": "{not json"}},
        {"errors": {"status": 200, "body": {"results": "none"}}},
        {"hang": 1.0},
        {"drop": 1.0},
        {"half": 1.0},
    ],
    ids=["500", "bad JSON", "no list", "hang", "drop", "half an answer"],
)
async def test_b10_one_querys_provider_error_leaves_the_others_alone(
    make_replica: MakeReplica, sandbox: Sandbox, misbehaviour: dict[str, Any]
) -> None:
    # Short only where it is waited for: the good one must be answered in time on a busy machine, too.
    hangs = "hang" in misbehaviour
    limits = {"provider_timeout": 1} if hangs else {}
    discovery = await make_replica(**limits)
    bad = await a_query(discovery, "bad", topic="Broken")
    good = await a_query(discovery, "good")
    await sandbox.control.behave("datashopper", "search", match={"topic": "Broken"}, **misbehaviour)

    await run(discovery)

    runs = {row["query_id"]: row for row in await discovery.rows("query_runs")}
    assert runs[good]["status"] == "succeeded"
    assert runs[bad]["status"] == "failed"
    assert runs[bad]["error"]
    assert runs[bad]["finished_at"]
    asked = len([search for search in searches(sandbox) if search["topic"] == TOPIC])
    assert asked == 1 or (hangs and asked > 1)
    (job,) = (await get(discovery, "jobs", state="failed"))["items"]
    assert (job["id"], job["attempts"]) == (str(runs[bad]["id"]), 3)
    shown = await get(discovery, f"jobs/{job['id']}")
    assert len(shown["attempts_made"]) == 3


async def test_b10_a_failed_run_can_be_run_again(discovery: Replica, sandbox: Sandbox) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", errors={"status": 503})
    await run(discovery)
    failed = await only_run(discovery)
    await sandbox.control.clear()

    await discovery.http.post(f"/jobs/{failed['id']}/retry")
    await discovery.finish()

    row = await only_run(discovery)
    assert (failed["status"], row["status"], row["error"]) == ("failed", "succeeded", None)
    assert row["created"] == len(await discovery.rows("leads")) > 0


@pytest.mark.parametrize("status", [400, 422])
async def test_what_the_provider_will_never_do_fails_at_once(
    discovery: Replica, sandbox: Sandbox, status: int
) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", errors={"status": status})

    await run(discovery)

    assert (await only_run(discovery))["status"] == "failed"
    assert len(searches(sandbox)) == 1


@pytest.mark.parametrize("status", [404, 405])
async def test_a_url_at_which_the_api_is_not_holds_the_provider_and_fails_nothing(
    discovery: Replica, sandbox: Sandbox, status: int
) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", errors={"status": status})

    await discovery.take_in("scheduler.tick", a_tick())
    await discovery.rest()

    (pause,) = await discovery.rows("pauses")
    (job,) = await discovery.rows("jobs")
    assert (pause["scope"], pause["reason"]) == ("provider:datashopper", "misconfigured")
    assert (job["state"], job["attempts"]) == ("ready", 0)


@pytest.mark.parametrize("as_date", [False, True])
async def test_b11_after_a_429_no_replica_calls_before_its_time(
    make_replica: MakeReplica, sandbox: Sandbox, as_date: bool
) -> None:
    first, second = await make_replica(), await make_replica()
    for number in range(6):
        await a_query(first, f"query {number}", topic=f"Topic {number}")
    until = datetime.now(UTC) + timedelta(seconds=5)
    after = until.strftime("%a, %d %b %Y %H:%M:%S GMT") if as_date else "4"
    await sandbox.control.script(
        "datashopper", "search", {"status": 429, "headers": {"Retry-After": after}}
    )
    await first.take_in("scheduler.tick", a_tick(query_id=await a_query(first, "query 0")))
    await first.rest()
    (held,) = await first.rows("query_runs")
    assert (held["status"], held["finished_at"]) == ("held", None)

    await second.take_in("scheduler.tick", a_tick(at=TOMORROW))

    await asyncio.gather(first.finish(), second.finish())
    refused, *later = searches(sandbox)
    assert refused.status == 429
    assert len(later) == 7
    earliest = until.replace(microsecond=0) if as_date else refused.time + timedelta(seconds=4)
    assert all(search.time >= earliest for search in later)
    jobs = await first.rows("jobs")
    assert {job["attempts"] for job in jobs} == {1}
    assert {row["status"] for row in await first.rows("query_runs")} == {"succeeded"}


async def test_a_used_up_quota_and_a_refused_key_wait_without_burning_attempts(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", quota_exhausted=True)

    await discovery.take_in("scheduler.tick", a_tick())
    await discovery.rest()

    (pause,) = await discovery.rows("pauses")
    (job,) = await discovery.rows("jobs")
    assert (pause["scope"], pause["reason"]) == ("provider:datashopper", "quota_exhausted")
    assert (job["state"], job["attempts"]) == ("ready", 0)

    await sandbox.control.clear()
    await sandbox.control.behave("datashopper", revoked=True)
    await discovery.lift("provider:datashopper")

    async def refused() -> bool:
        return [p["reason"] for p in await discovery.rows("pauses")] == ["credential_refused"]

    await eventually(refused, "the refused key did not hold the provider")


async def test_b12_a_rise_is_announced_once_and_a_fall_is_stored(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    days = [MORNING + timedelta(days=n) for n in range(5)]
    for day, high in zip(days, (0, 3, 3, 0, 3), strict=True):
        await sandbox.control.catalogue(TOPIC, [a_company(high=high)])
        await run(discovery, at=day)
        (lead,) = await discovery.rows("leads")
        assert lead["intent_data"]["score"] == ("hot" if high else "cold")
        assert len(lead["intent_data"]["signals"]) == high

    events = await discovery.events("lead.discovered")
    assert [(event["revision"], event["intent"]["score"]) for event in events] == [
        (1, "cold"),
        (2, "hot"),
    ]
    assert lead["revision"] == 2
    rows = await discovery.database.pool.fetch("SELECT id FROM outbox")
    assert len({row["id"] for row in rows}) == 2


async def test_a_lead_and_its_event_say_what_was_found(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query_id = await a_query(discovery)
    found = a_company(
        high=1,
        name="Acme Corp",
        industry="Technology",
        employee_count=250,
        revenue=10000000.4,
        location={"city": "San Francisco", "state": "CA", "country": "United States"},
    )
    await sandbox.control.catalogue(TOPIC, [found])

    await run(discovery)

    (lead,) = await discovery.rows("leads")
    (event,) = await discovery.events("lead.discovered")
    assert event["lead_id"] == str(lead["id"])
    assert event["workspace_id"] == str(ACME)
    assert event["query_id"] == str(query_id)
    assert event["topic"]["name"] == TOPIC
    assert event["company"] == lead["company_data"]
    assert event["company"]["revenue"] == 10_000_000
    assert event["intent"] == lead["intent_data"]
    assert event["intent"]["score"] == "warm"
    assert event["intent"]["signals"] == [
        found["intent_signals"][0] | {"detected_at": "2026-01-22T02:00:00Z"}
    ]
    assert datetime.fromisoformat(event["discovered_at"]) == lead["created_at"]
    assert (lead["revision"], lead["enrichment_status"], lead["delivery_status"]) == (
        1,
        "pending",
        "pending",
    )
    assert lead["contact_data"] is None
    assert not lead["platform_uploaded"]
    (binding,) = await discovery.rows("lead_bindings")
    assert (binding["lead_id"], binding["workspace_id"]) == (lead["id"], ACME)
    (row,) = await discovery.rows("outbox")
    assert row["key"] == str(lead["id"]).encode()
    assert (row["type"], row["topic"]) == ("lead.discovered.v1", "lead.discovered")


async def test_an_erased_lead_leaves_nothing_and_its_company_may_be_found_anew(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sandbox.control.catalogue(TOPIC, [a_company()])
    await run(discovery)
    (erased,) = await discovery.rows("leads")

    await discovery.database.pool.execute("DELETE FROM leads")
    assert await discovery.rows("lead_history") == await discovery.rows("lead_keys") == []
    await run(discovery, at=TOMORROW)

    (lead,) = await discovery.rows("leads")
    assert lead["id"] != erased["id"]
    assert (lead["domain"], lead["revision"]) == ("acme.com", 1)


async def test_the_same_tick_twice_is_the_same_jobs(discovery: Replica, sandbox: Sandbox) -> None:
    await a_query(discovery, "one")
    await a_query(discovery, "two", topic="Cloud")

    await discovery.take_in("scheduler.tick", a_tick(), a_tick())
    await discovery.finish()
    await discovery.take_in("scheduler.tick", a_tick())
    await discovery.finish()

    assert len(searches(sandbox)) == 2
    assert len(await discovery.rows("query_runs")) == 2


async def test_a_tick_may_name_a_query_or_a_workspace(discovery: Replica) -> None:
    mine = await a_query(discovery, "mine")
    theirs = await a_query(discovery, "theirs", workspace=OTHER)

    await run(discovery, query_id=mine)
    await run(discovery, at=TOMORROW, workspace_id=OTHER)

    runs = await discovery.rows("query_runs", "started_at")
    assert [row["query_id"] for row in runs] == [mine, theirs]
    assert [row["run_on"] for row in runs] == [MORNING.date(), TOMORROW.date()]


async def test_b42_a_tick_naming_one_workspace_and_anothers_query_runs_nothing(
    discovery: Replica,
) -> None:
    theirs = await a_query(discovery, workspace=OTHER)

    await run(discovery, query_id=theirs, workspace_id=ACME)

    assert await discovery.rows("jobs") == []


@pytest.mark.parametrize("schedule", ["credit-reset", "something-else"])
async def test_ticks_that_are_not_ours_are_nothing_wrong(discovery: Replica, schedule: str) -> None:
    await a_query(discovery)

    await run(discovery, schedule=schedule)

    assert await discovery.rows("jobs") == []
    assert await discovery.rows("dead_letters") == []


async def test_b45_a_tick_that_asks_for_nonsense_is_set_aside(discovery: Replica) -> None:
    await a_query(discovery)
    values: list[object] = ["x", 5, [], {}, ""]
    nonsense = [a_tick() | {"params": {"query_id": value}} for value in values]

    await discovery.take_in("scheduler.tick", *nonsense, a_tick())
    await discovery.finish()

    letters = await discovery.rows("dead_letters")
    assert {letter["reason"] for letter in letters} == {"unprocessable"}
    assert len(letters) == 5
    assert len(await discovery.rows("query_runs")) == 1


async def test_the_sandboxs_own_odd_answer_adds_up(discovery: Replica) -> None:
    await a_query(discovery)

    await run(discovery)

    row = await only_run(discovery)
    found, created, known, rejected = figures(row)
    assert found == created + known + rejected == 50
    assert known >= 1
    assert rejected >= 1
    assert len(await discovery.rows("leads")) == created

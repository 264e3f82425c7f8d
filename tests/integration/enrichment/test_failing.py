"""Cases 11 and 17: what a provider that refuses, fails, or does not answer does to a lead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enrichment.bootstrap import SERVICE
from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import a_contact, a_lead, discover, enrich
from integration.enrichment.replicas import NO_KAFKA, Replica
from leadstream.clock import SystemClock
from leadstream.pauses import add_pause, lift
from leadstream.runtime import Resources
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock
from support.waiting import eventually


@pytest.mark.parametrize("status", [400, 422])
async def test_b17_a_permanent_error_fails_after_one_attempt(
    enrichment: Replica, sandbox: Sandbox, status: int
) -> None:
    await sandbox.control.behave("clay", "enrich", errors={"status": status})
    lead = a_lead()

    assert await enrich(enrichment, lead) == []

    (job,) = await enrichment.rows("jobs")
    assert (job["state"], job["attempts"]) == ("failed", 1)
    (told,) = await enrichment.events("lead.failed")
    assert told["lead_id"] == lead["lead_id"]
    assert told["workspace_id"] == lead["workspace_id"]
    assert told["revision"] == 1
    assert told["stage"] == "enrichment"
    assert told["job_id"] == str(job["id"])
    assert told["attempts"] == 1
    assert told["error"]["class"] == "provider_refused"
    assert told["error"]["code"] == str(status)
    (kept,) = await enrichment.rows("enrichments")
    assert (kept["status"], kept["error"]) == ("failed", f"clay enrich: answered {status}")
    assert len(sandbox.ledger.entries(provider="clay")) == 1


@pytest.mark.parametrize("status", [404, 405])
async def test_a_url_at_which_the_api_is_not_holds_the_provider_and_fails_nothing(
    enrichment: Replica, sandbox: Sandbox, status: int
) -> None:
    await sandbox.control.behave("clay", "enrich", errors={"status": status})

    await enrichment.take_in("lead.discovered", a_lead())
    await enrichment.rest()

    (pause,) = await enrichment.rows("pauses")
    (job,) = await enrichment.rows("jobs")
    assert (pause["scope"], pause["reason"]) == ("provider:clay", "misconfigured")
    assert (job["state"], job["attempts"]) == ("ready", 0)
    assert await enrichment.events("lead.failed") == []


async def test_a_proxys_page_costs_a_lead_nothing(enrichment: Replica, sandbox: Sandbox) -> None:
    page = {"status": 403, "body": "<html>blocked</html>"}
    await sandbox.control.script("clay", "enrich", page)

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["status"] == "completed"
    assert await enrichment.rows("pauses") == []


@pytest.mark.parametrize("body", ["[]", "{}", "null", '{"contacts": null}', '{"contacts": {}}'])
async def test_an_empty_answer_is_an_answer(
    enrichment: Replica, sandbox: Sandbox, body: str
) -> None:
    await sandbox.control.behave("clay", "enrich", errors={"status": 200, "body": body})

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["status"] == "completed"
    assert event["enrichment"]["total_contacts"] == 0
    assert await enrichment.attempts() == ["succeeded"]


@pytest.mark.parametrize("status", [408, 425, 500, 503])
async def test_b17_a_passing_error_is_tried_three_times_then_failed(
    enrichment: Replica, sandbox: Sandbox, status: int
) -> None:
    await sandbox.control.behave("clay", "enrich", errors={"status": status})

    await enrich(enrichment, a_lead())

    assert await enrichment.attempts() == ["retry", "retry", "retry"]
    (told,) = await enrichment.events("lead.failed")
    assert (told["attempts"], told["error"]["class"]) == (3, "provider_error")
    assert len(sandbox.ledger.entries(provider="clay")) == 3


async def test_b17_attempts_are_ever_further_apart(enrichment: Replica) -> None:
    resources = Resources(
        settings=enrichment.settings,
        database=enrichment.database,
        board=enrichment.board,
        clock=SystemClock(),
        kafka=NO_KAFKA,
        wake=lambda: None,
    )

    parts = await SERVICE.build(resources)

    (kind,) = [kind for kind in parts.kinds if kind.name == "enrich-lead"]
    assert kind.max_attempts == 3
    assert kind.backoff.middle(1) == timedelta(seconds=15)
    assert kind.backoff.middle(2) == 8 * kind.backoff.middle(1)
    for close in parts.close:
        await close()


async def test_b17_a_success_after_failures_never_shows_failed(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.script("clay", "enrich", {"status": 500, "times": 2}, {"action": "pass"})

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["status"] == "completed"
    assert await enrichment.attempts() == ["retry", "retry", "succeeded"]
    assert await enrichment.events("lead.failed") == []
    assert [row["status"] for row in await enrichment.rows("enrichments")] == ["completed"]


async def test_b17_a_later_failure_does_not_undo_a_success(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_cache_days=0)
    lead = a_lead()
    await enrich(replica, lead)
    await sandbox.control.behave("clay", "enrich", errors={"status": 422})

    answer = await replica.http.post("/trigger-enrichment", json={"lead_id": lead["lead_id"]})
    await replica.finish()

    assert answer.status_code == 202
    states = [job["state"] for job in await replica.rows("jobs ORDER BY created_at")]
    assert states == ["succeeded", "failed"]
    assert [row["status"] for row in await replica.rows("enrichments")] == ["completed"]
    assert await replica.events("lead.failed") == []


async def test_b17_a_failed_lead_that_is_run_again_is_completed(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.script("clay", "enrich", {"status": 422})
    await enrich(enrichment, a_lead())
    (job,) = await enrichment.rows("jobs")

    await enrichment.http.post(f"/jobs/{job['id']}/retry")
    await enrichment.finish()

    assert len(await enrichment.events("lead.enriched")) == 1
    (kept,) = await enrichment.rows("enrichments")
    assert (kept["status"], kept["error"]) == ("completed", None)


@pytest.mark.parametrize(
    "fault", [{"hang": 1.0}, {"drop": 1.0}, {"lose": 1.0}, {"half": 1.0}], ids=str
)
async def test_an_answer_that_never_came_is_an_attempt_with_unknown_outcome(
    make_replica: MakeReplica, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    # Short only where it is waited for: in too short a time a busy machine does not even connect.
    limits = {"provider_timeout": 1} if "hang" in fault else {}
    replica = await make_replica(**limits)
    await sandbox.control.behave("clay", "enrich", **fault)

    await enrich(replica, a_lead())

    async def all_arrived() -> bool:
        return len(sandbox.ledger.entries(provider="clay")) == 3

    assert await replica.attempts() == ["unknown", "unknown", "unknown"]
    calls = await replica.rows("provider_calls")
    assert [call["outcome"] for call in calls] == ["unknown"] * 3
    # The sandbox may be slower to write a call down than we are to give it up.
    await eventually(all_arrived, "there are not three calls")
    assert len(await replica.events("lead.failed")) == 1


async def test_an_answer_that_was_lost_once_is_asked_for_once_more(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.script("clay", "enrich", {"action": "lose"})

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["status"] == "completed"
    assert await enrichment.attempts() == ["unknown", "succeeded"]
    assert sandbox.ledger.clay_calls()["acme.com"] == 2


@pytest.mark.parametrize(
    "body", ["<html>", "", '{"contacts": "none"}', '{"contacts": [NaN]}', "[" * 9999]
)
async def test_an_answer_that_makes_no_sense_may_have_been_paid_for(
    enrichment: Replica, sandbox: Sandbox, body: str
) -> None:
    await sandbox.control.behave("clay", "enrich", errors={"status": 200, "body": body})

    await enrich(enrichment, a_lead())

    assert await enrichment.attempts() == ["unknown", "unknown", "unknown"]
    (told,) = await enrichment.events("lead.failed")
    assert told["error"]["class"] == "malformed_answer"


async def test_b11_too_many_requests_stops_all_replicas_and_burns_no_attempt(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica() for _ in range(3)]
    step = {"status": 429, "headers": {"Retry-After": "2"}}
    await sandbox.control.script("clay", "enrich", step)
    leads = [a_lead(f"company-{n}.com") for n in range(12)]
    await discover(replicas[0], leads[0])
    await eventually(lambda: _is_paused(replicas[0], "rate_limited"), "nothing was paused")

    await discover(replicas[0], *leads[1:])
    await replicas[0].finish()

    refused, *later = sandbox.ledger.entries(provider="clay")
    assert refused.status == 429
    assert (later[0].time - refused.time).total_seconds() >= 1.9
    jobs = await replicas[0].rows("jobs")
    assert {(job["state"], job["attempts"]) for job in jobs} == {("succeeded", 1)}
    assert sorted(await replicas[0].attempts()) == ["held"] + ["succeeded"] * 12


async def test_no_credits_left_at_the_provider_holds_everything_until_the_next_day(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    # A day ahead: at no hour does the pause run out during the test.
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))
    replica = await make_replica(clock=clock)
    await sandbox.control.behave("clay", "enrich", quota_exhausted=True)

    await discover(replica, a_lead())
    await replica.rest()

    (pause,) = await replica.rows("pauses")
    tomorrow = clock.now().date() + timedelta(days=1)
    assert (pause["scope"], pause["reason"]) == ("provider:clay", "quota_exhausted")
    assert pause["until"] == datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC)
    (job,) = await replica.rows("jobs")
    assert (job["state"], job["attempts"]) == ("ready", 0)
    assert await replica.events("lead.failed") == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_tried_again_after_a_while_not_with_every_lead(
    enrichment: Replica, sandbox: Sandbox, status: int
) -> None:
    await sandbox.control.behave("clay", "enrich", errors={"status": status})

    await discover(enrichment, a_lead())
    await enrichment.rest()
    await discover(enrichment, *(a_lead(f"company-{n}.com") for n in range(5)))
    await enrichment.rest()

    (pause,) = await enrichment.rows("pauses")
    assert (pause["scope"], pause["reason"]) == ("provider:clay", "credential_refused")
    wait = (pause["until"] - datetime.now(UTC)).total_seconds()
    assert 280 < wait <= 300
    assert len(sandbox.ledger.entries(provider="clay")) == 1


async def test_b11_a_verifier_that_is_too_busy_is_asked_later_and_the_answer_kept(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann"), a_contact("Bob")])
    await sandbox.control.verdict("ann@acme.com", "invalid")
    await sandbox.control.verdict("bob@acme.com", "valid")
    refusal = {"status": 429, "headers": {"Retry-After": "1"}}
    await sandbox.control.script("clay", "verify", {"action": "pass"}, refusal)

    (event,) = await enrich(enrichment, a_lead())

    assert [c["email_status"] for c in event["enrichment"]["contacts"]] == ["invalid", "valid"]
    calls = sandbox.ledger.entries(provider="clay")
    assert [(call.operation, call["email"], call.status) for call in calls] == [
        ("enrich", None, 200),
        ("verify", "ann@acme.com", 200),
        ("verify", "bob@acme.com", 429),
        ("verify", "bob@acme.com", 200),
    ]
    assert await enrichment.attempts() == ["held", "succeeded"]
    assert event["enrichment"]["credits_used"] == 1


async def test_a_verifier_that_is_always_too_busy_leaves_the_address_unknown(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann")])
    refusal = {"status": 429, "headers": {"Retry-After": "1"}, "body": ""}
    await sandbox.control.behave("clay", "verify", errors=refusal)

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["contacts"][0]["email_status"] == "unknown"
    assert len(sandbox.ledger.entries(provider="clay", operation="enrich")) == 1
    assert len(sandbox.ledger.entries(provider="clay", operation="verify")) == 4


async def test_a_pause_that_comes_between_two_calls_is_obeyed_before_the_second(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann")])
    await sandbox.control.script("clay", "enrich", {"action": "pass", "delay": 2})
    await discover(enrichment, a_lead())

    async def is_asked() -> bool:
        (script,) = await sandbox.control.scripts()
        return bool(script["left"] == 0)

    await eventually(is_asked, "nobody called")

    async with enrichment.database.transaction() as tx:
        await add_pause(tx, "provider:clay", reason="looking into it", actor="olivia")
    await enrichment.rest()
    asked_while_paused = sandbox.ledger.entries(provider="clay", operation="verify")
    async with enrichment.database.transaction() as tx:
        await lift(tx, "provider:clay")
    await enrichment.finish()

    assert asked_while_paused == []
    operations = [call.operation for call in sandbox.ledger.entries(provider="clay")]
    assert operations == ["enrich", "verify"]
    assert await enrichment.attempts() == ["succeeded"]


async def _is_paused(replica: Replica, reason: str) -> bool:
    return any(pause["reason"] == reason for pause in await replica.rows("pauses"))

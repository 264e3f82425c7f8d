"""Case 18: a company is paid for once, whoever asks, and however often."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_contact, a_lead, discover, enrich
from integration.enrichment.replicas import Replica
from leadstream.ids import new_id, workspace_id
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock
from support.waiting import eventually

# Long enough for an attempt on a busy machine; nobody waits for it, see `_lose_the_worker`.
LEASE = 10


async def test_b18_the_same_record_ten_times_is_one_job_and_one_call(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = a_lead()
    for _ in range(5):
        await discover(enrichment, lead, lead)

    events = await enrich(enrichment, lead)

    assert len(events) == 1
    assert len(await enrichment.rows("jobs")) == 1
    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 1})


async def test_b18_fifty_leads_of_one_domain_in_four_replicas_are_one_paid_call(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica() for _ in range(4)]
    await sandbox.control.behave("clay", latency={"seconds": 0.3})
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann")], credits_used=3)
    workspaces = [workspace_id(f"workspace-{n}") for n in range(10)]
    leads = [a_lead(workspace=workspaces[n % 10]) for n in range(50)]

    await asyncio.gather(
        *(discover(replicas[n], *leads[n::4]) for n in range(4)),
    )
    await replicas[0].finish()

    events = await replicas[0].events("lead.enriched")
    assert sorted(e["lead_id"] for e in events) == sorted(lead["lead_id"] for lead in leads)
    assert {e["enrichment"]["total_contacts"] for e in events} == {1}
    assert sorted(e["enrichment"]["credits_used"] for e in events) == [0] * 49 + [3]
    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 1})
    assert len(sandbox.ledger.entries(provider="clay", operation="verify")) == 1
    assert {job["attempts"] for job in await replicas[0].rows("jobs")} == {1}


async def test_b18_no_transaction_is_open_while_the_provider_thinks(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(drain_timeout=0.1)
    await sandbox.control.behave("clay", "enrich", hang=1.0)
    await discover(replica, a_lead())
    await eventually(lambda: _is_asked(sandbox, "enrich"), "nobody called")

    async def none_is_open() -> bool:
        idle = await replica.database.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        )
        return bool(idle == 0)

    # The loops beside it have theirs for a moment; one around the call would last as long as the call.
    await eventually(none_is_open, "a transaction is open")
    (call,) = await replica.rows("provider_calls")
    assert (call["operation"], call["outcome"]) == ("enrich", None)


async def test_a_higher_revision_within_the_cache_time_pays_nothing(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = a_lead(score="cold")
    await enrich(enrichment, lead)

    events = await enrich(enrichment, {**lead, "revision": 2, "intent": {"score": "hot"}})

    assert [(e["revision"], e["intent"]["score"]) for e in events] == [(1, "cold"), (2, "hot")]
    assert events[1]["enrichment"]["credits_used"] == 0
    assert events[1]["enrichment"]["contacts"] == events[0]["enrichment"]["contacts"]
    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 1})


async def test_an_answer_older_than_the_cache_time_is_asked_for_again(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    clock = FakeClock(datetime(2026, 3, 1, tzinfo=UTC))
    replica = await make_replica(clock=clock)
    await enrich(replica, a_lead())
    clock.advance(timedelta(days=29))
    await enrich(replica, a_lead())
    within = dict(sandbox.ledger.clay_calls())
    clock.advance(timedelta(days=2))

    await enrich(replica, a_lead())

    # People are as old as the answer that named them, whenever they are told of.
    rows = await replica.rows("contacts ORDER BY collected_at")
    days = [(row["collected_at"] - datetime(2026, 3, 1, tzinfo=UTC)).days for row in rows]
    assert sorted(set(days)) == [0, 31]
    assert days.count(0) == 2 * days.count(31)
    assert within == {"acme.com": 1}
    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 2})


async def test_a_worker_that_is_lost_during_the_call_costs_an_attempt_of_unknown_outcome(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(job_lease=LEASE)
    await sandbox.control.script("clay", "enrich", {"action": "hang"})

    (event,) = await _enrich_with_lost_workers(replica, sandbox, 1)

    assert event["enrichment"]["status"] == "completed"
    assert await replica.attempts() == ["unknown", "succeeded"]
    (job,) = await replica.rows("jobs")
    assert (job["lost"], job["attempts"]) == (1, 2)
    calls = await replica.rows("provider_calls WHERE operation = 'enrich' ORDER BY id")
    assert [call["outcome"] for call in calls] == ["unknown", "succeeded"]


async def test_workers_lost_in_every_call_pay_no_more_often_than_there_are_attempts(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(job_lease=LEASE)
    await sandbox.control.behave("clay", "enrich", hang=1.0)

    assert await _enrich_with_lost_workers(replica, sandbox, 99) == []

    assert len(sandbox.ledger.entries(provider="clay", operation="enrich")) == 3
    (job,) = await replica.rows("jobs")
    assert (job["state"], job["attempts"]) == ("failed", 3)
    assert len(await replica.events("lead.failed")) == 1


async def test_a_worker_lost_while_verifying_does_not_pay_for_the_company_again(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(job_lease=LEASE)
    await sandbox.control.company(
        "acme.com", contacts=[a_contact("Ann"), a_contact("Bob")], credits_used=2
    )
    await sandbox.control.verdict("bob@acme.com", "valid")
    await sandbox.control.script("clay", "verify", {"action": "hang"})

    (event,) = await _enrich_with_lost_workers(replica, sandbox, 1, during="verify")

    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 1})
    found = event["enrichment"]
    # Nobody knows what became of the call about Ann, so nobody asks again; Bob's turn comes.
    assert [c["email_status"] for c in found["contacts"]] == ["unknown", "valid"]
    assert found["credits_used"] == 2
    asked = sandbox.ledger.entries(provider="clay", operation="verify")
    assert [call["email"] for call in asked] == ["ann@acme.com", "bob@acme.com"]


async def test_a_job_whose_worker_was_lost_holds_up_the_others_no_longer_than_its_lease(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(job_lease=LEASE)
    await sandbox.control.script("clay", "enrich", {"action": "hang"})
    await discover(replica, a_lead(workspace=ACME))
    await eventually(lambda: _is_asked(sandbox, "enrich"), "nobody called")
    # The first one's workspace is stopped, so it will not let go by running again.
    await replica.database.pool.execute(
        "INSERT INTO pauses (id, scope, reason, actor) VALUES ($1, $2, 'stopped', 'olivia')",
        new_id(),
        f"workspace:{ACME}",
    )
    await _lose_the_worker(replica)

    await discover(replica, a_lead(workspace=OTHER))
    await replica.rest()

    (event,) = await replica.events("lead.enriched")
    assert event["workspace_id"] == str(OTHER)


async def test_a_job_that_takes_its_worker_with_it_every_time_fails_and_its_call_stays_unknown(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(job_lease=LEASE, enrichment_daily_budget=9)
    await sandbox.control.behave("clay", "enrich", hang=1.0)
    await discover(replica, a_lead())
    await eventually(lambda: _is_asked(sandbox, "enrich"), "nobody called")

    await replica.database.pool.execute("UPDATE jobs SET lost = 9")
    await _lose_the_worker(replica)
    await replica.finish()

    (call,) = await replica.rows("provider_calls")
    assert call["outcome"] == "unknown"
    (told,) = await replica.events("lead.failed")
    assert told["error"]["class"] == "worker_lost"
    assert [row["calls"] for row in await replica.rows("provider_spending")] == [1]


async def _enrich_with_lost_workers(
    replica: Replica, sandbox: Sandbox, times: int, *, during: str = "enrich"
) -> list[Any]:
    """Enrich a lead while its worker is lost during a call, `times` times."""
    await discover(replica, a_lead())
    lost = 0
    while await replica.rows("jobs WHERE state IN ('ready', 'running')"):
        if lost < times and await _is_asked(sandbox, during, more_than=lost):
            await _lose_the_worker(replica)
            lost += 1
        await asyncio.sleep(0.02)
    return await replica.events("lead.enriched")


async def _lose_the_worker(replica: Replica) -> None:
    """What SIGKILL does to attempts: they end where they are, and nobody writes down that they have.

    Then the time of a lease passes, for the jobs and for what they hold; a lease as short as a test likes to wait
    would cut off attempts that a busy machine is slow to make.
    """
    attempts = list(replica.worker._attempts)
    for attempt in attempts:
        attempt.cancel()
    await asyncio.gather(*attempts, return_exceptions=True)
    lease = replica.settings.job_lease
    async with replica.database.transaction() as tx:
        await tx.execute("UPDATE jobs SET leased_until = leased_until - $1::interval", lease)
        await tx.execute("UPDATE company_answers SET held_until = held_until - $1::interval", lease)
    await replica.janitor.reclaim()


async def _is_asked(sandbox: Sandbox, operation: str, *, more_than: int = 0) -> bool:
    """Whether a hanging call has arrived. That it is on record says only that it may be made."""
    asked = sandbox.ledger.entries(provider="clay", operation=operation)
    return len(asked) > more_than

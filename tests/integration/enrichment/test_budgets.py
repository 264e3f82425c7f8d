"""A workspace's provider budget holds the rest of its night back until the next day."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, discover, enrich
from integration.enrichment.replicas import Replica
from integration.enrichment.test_credits import trigger
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock


async def test_the_rest_waits_visibly_until_the_next_day(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    # A day ahead: at no hour does the pause run out during the test.
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))
    replica = await make_replica(clock=clock, enrichment_daily_budget=3)

    await discover(replica, *(a_lead(f"company-{n}.com") for n in range(8)))
    await replica.rest()

    assert sandbox.ledger.clay_calls().total() == 3
    jobs = (await replica.http.get("/jobs")).json()["items"]
    assert Counter(job["state"] for job in jobs) == {"succeeded": 3, "ready": 5}
    waiting = [job for job in jobs if job["state"] == "ready"]
    assert {(job["attempts"], tuple(job["held_by"])) for job in waiting} == {
        (0, ("provider_budget_spent",))
    }
    (pause,) = await replica.rows("pauses")
    tomorrow = clock.now().date() + timedelta(days=1)
    assert pause["until"].date() == tomorrow
    assert await replica.events("lead.failed") == []


async def test_one_workspaces_spent_budget_holds_no_other_workspace(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica()
    await set_budget(replica, 0)

    await discover(replica, a_lead("one.com", workspace=ACME), a_lead("two.com", workspace=OTHER))
    await replica.rest()

    (event,) = await replica.events("lead.enriched")
    assert event["workspace_id"] == str(OTHER)
    assert sandbox.ledger.clay_calls() == Counter({"two.com": 1})


async def test_a_raised_budget_lets_go_at_once(make_replica: MakeReplica) -> None:
    replica = await make_replica(enrichment_daily_budget=1)
    await discover(replica, *(a_lead(f"company-{n}.com") for n in range(4)))
    await replica.rest()

    answer = await set_budget(replica, None)
    await replica.finish()

    assert (answer["daily_calls"], answer["is_default"]) == (None, False)
    assert len(await replica.events("lead.enriched")) == 4
    (row,) = await replica.rows("audit_log")
    assert (row["action"], row["before"], row["after"]) == (
        "provider_budget.set",
        {"daily_calls": 1},
        {"daily_calls": None},
    )


async def test_what_costs_nothing_is_not_counted(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_daily_budget=2)
    await sandbox.control.script("clay", "enrich", {"status": 422}, {"status": 500, "times": 2})

    await enrich(replica, a_lead("refused.com"))
    await enrich(replica, a_lead("acme.com"), a_lead("acme.com"), a_lead(None))
    budget = (await replica.http.get(f"/provider-budgets/{ACME}")).json()

    assert budget["calls_today"] == 1
    assert (budget["daily_calls"], budget["is_default"]) == (2, True)
    assert len(await replica.events("lead.enriched")) == 3


async def test_a_call_that_may_have_been_paid_for_is_counted(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_daily_budget=5)
    await sandbox.control.script("clay", "enrich", {"action": "lose"})

    await enrich(replica, a_lead())

    budget = (await replica.http.get(f"/provider-budgets/{ACME}")).json()
    assert budget["calls_today"] == 2


async def test_what_a_person_asks_for_goes_past_the_budget(make_replica: MakeReplica) -> None:
    replica = await make_replica(enrichment_daily_budget=1)
    leads = [a_lead("one.com"), a_lead("two.com")]
    await discover(replica, *leads)
    await replica.rest()
    enriched = {event["lead_id"] for event in await replica.events("lead.enriched")}
    (held,) = [lead for lead in leads if lead["lead_id"] not in enriched]

    await trigger(replica, held, None)
    await replica.rest()

    assert len(await replica.events("lead.enriched")) == 2


async def test_a_budget_is_never_exceeded_by_replicas_side_by_side(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica(enrichment_daily_budget=7) for _ in range(3)]

    for n, replica in enumerate(replicas):
        await discover(replica, *(a_lead(f"company-{n}-{m}.com") for m in range(20)))
    await replicas[0].rest()

    assert sandbox.ledger.clay_calls().total() == 7


@pytest.mark.parametrize("daily_calls", [-1, "many", 2**40])
async def test_budgets_that_make_no_sense_are_refused(
    enrichment: Replica, daily_calls: object
) -> None:
    answer = await enrichment.http.put(
        f"/provider-budgets/{ACME}", json={"daily_calls": daily_calls}
    )

    assert answer.status_code == 422


async def set_budget(replica: Replica, daily_calls: int | None) -> dict[str, Any]:
    answer = await replica.http.put(f"/provider-budgets/{ACME}", json={"daily_calls": daily_calls})
    assert answer.status_code == 200, answer.text
    budget: dict[str, Any] = answer.json()
    return budget

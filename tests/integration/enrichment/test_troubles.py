"""A budget that is spent: its workspace is told once, and once when there is room again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, a_lead, discover
from integration.enrichment.replicas import Replica
from integration.enrichment.test_budgets import set_budget
from support.clock import FakeClock

BUDGET = {"enrichment_daily_budget": 2}
CAP = {"spending_cap_daily": "0.50", "provider_prices": '{"clay": {"enrich": 0.05}}'}


async def told(replica: Replica) -> list[tuple[str, str]]:
    events = await replica.events("workspace.trouble")
    assert {(e["cause"], e["subject_id"], e["workspace_id"]) for e in events} <= {
        ("budget_spent", str(ACME), str(ACME))
    }
    return [(event["state"], event["name"]) for event in events]


@pytest.mark.parametrize(("limits", "name"), [(BUDGET, "calls a day"), (CAP, "money")])
async def test_a_spent_budget_is_told_once_and_once_when_there_is_room_again(
    make_replica: MakeReplica, limits: dict[str, Any], name: str
) -> None:
    # A day ahead: at no hour does the pause run out during the test.
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))
    replica = await make_replica(clock=clock, **limits)
    # More than two days have room for, whatever of what calls reserve is given back before the next one begins.
    await discover(replica, *(a_lead(f"company-{n}.com") for n in range(30)))
    await replica.rest()
    at_first = await told(replica)

    # The next day's first ones, of which the rest finds it spent again.
    clock.advance(timedelta(days=1))
    # By the worker's clock, too, which stays today's.
    await replica.database.pool.execute("UPDATE workspace_troubles SET until = now()")
    await lift_all(replica)
    await replica.rest()

    assert at_first == [("began", name)]
    assert await told(replica) == [("began", name), ("ended", name), ("began", name)]


async def test_a_raised_budget_is_well_with_the_next_lead(make_replica: MakeReplica) -> None:
    replica = await make_replica(enrichment_daily_budget=1)
    await discover(replica, *(a_lead(f"company-{n}.com") for n in range(3)))
    await replica.rest()

    await set_budget(replica, None)
    await replica.finish()

    assert await told(replica) == [("began", "calls a day"), ("ended", "calls a day")]


async def test_a_workspace_that_keeps_within_its_budget_is_told_nothing(
    make_replica: MakeReplica,
) -> None:
    replica = await make_replica(enrichment_daily_budget=3)

    await discover(replica, *(a_lead(f"company-{n}.com") for n in range(3)))
    await replica.finish()

    assert await told(replica) == []


async def lift_all(replica: Replica) -> None:
    for pause in (await replica.http.get("/pauses")).json()["items"]:
        await replica.http.delete(f"/pauses/{pause['id']}")

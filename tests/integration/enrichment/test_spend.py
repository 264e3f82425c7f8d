"""What providers cost a workspace in money: held at its caps, summed up, and told of each call."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from enrichment.adapters.spending_caps import CapWatch
from enrichment.domain.money import Caps, Prices
from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_contact, a_lead, discover, enrich
from integration.enrichment.replicas import Replica
from integration.enrichment.test_credits import trigger
from leadstream.clock import SystemClock
from leadstream.observability.metrics import REGISTRY
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock

PRICES = Prices({"clay": {"enrich": Decimal("0.5")}})


async def spend(replica: Replica, **query: Any) -> dict[str, Any]:
    answer = await replica.http.get("/spend", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def set_caps(
    replica: Replica, daily: str | None, monthly: str | None = None, *, workspace: UUID = ACME
) -> dict[str, Any]:
    answer = await replica.http.put(
        f"/spending-caps/{workspace}", json={"daily": daily, "monthly": monthly}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def waiting(replica: Replica) -> Counter[str]:
    jobs = (await replica.http.get("/jobs", params={"state": "ready"})).json()["items"]
    return Counter(reason for job in jobs for reason in job["held_by"])


async def test_what_is_over_the_cap_waits_by_hand_or_not_until_the_cap_is_raised(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))
    replica = await make_replica(
        clock=clock,
        provider_prices=PRICES,
        spending_cap_daily=Decimal("0.00"),
        enrichment_daily_budget=100,
    )
    lead = a_lead("by-hand.com")
    await discover(replica, a_lead("by-night.com"), a_lead("free.com", workspace=OTHER), lead)
    await replica.rest()
    await trigger(replica, lead, None)
    await replica.rest()

    held = await waiting(replica)
    asked = sandbox.ledger.clay_calls()
    pauses = await replica.rows("pauses")
    shown = await set_caps(replica, "1000.00")
    again = await set_caps(replica, "1000")
    await set_caps(replica, None, workspace=OTHER)
    await replica.finish()

    assert held == {"spending_cap_reached": 4}
    assert asked == {}
    assert {pause["scope"] for pause in pauses} == {
        f"budget:{ACME}",
        f"workspace:{ACME}",
        f"budget:{OTHER}",
    }
    tomorrow = clock.now().date() + timedelta(days=1)
    assert {pause["until"].date() for pause in pauses} == {tomorrow}
    assert (shown["daily"], shown["monthly"], shown["is_default"]) == ("1000.00", None, False)
    assert sandbox.ledger.clay_calls() == {"by-hand.com": 1, "by-night.com": 1, "free.com": 1}
    # What had no room took nothing of the budget; what was asked by hand never does.
    budgets = await replica.rows("provider_spending")
    calls = await replica.rows(
        "provider_calls WHERE operation = 'enrich' AND budget_day IS NOT NULL"
    )
    assert sum(row["calls"] for row in budgets) == len(calls)
    changes = await replica.rows("audit_log WHERE action = 'spending_caps.set' ORDER BY id")
    assert again["daily"] == "1000.00"
    assert [change["workspace_id"] for change in changes] == [ACME, OTHER]
    assert (changes[0]["before"], changes[0]["after"]) == (
        {"daily": "0.00", "monthly": None},
        {"daily": "1000.00", "monthly": None},
    )


async def test_spend_is_told_by_workspace_provider_and_day_and_of_each_call(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    clock = FakeClock(datetime(2026, 3, 9, 12, tzinfo=UTC))
    replica = await make_replica(
        clock=clock, provider_prices=PRICES, spending_cap_monthly=Decimal(1000), currency="EUR"
    )
    lead = a_lead("one.com")
    for name in ("one", "two", "three"):
        await sandbox.control.company(f"{name}.com", contacts=[a_contact("Ann")], credits_used=1)
    await enrich(replica, lead)
    # From what is known.
    await enrich(replica, a_lead("one.com", workspace=OTHER))
    clock.advance(timedelta(days=1))
    await enrich(replica, a_lead("two.com"), a_lead("three.com"))
    await set_caps(replica, None, "20.00", workspace=OTHER)

    found = await spend(replica)
    by_day = await spend(replica, by="day", workspace_id=ACME)
    earlier = await spend(replica, since="2026-03-09", until="2026-03-10")
    told = (await replica.http.get(f"/leads/{lead['lead_id']}")).json()["calls"]

    own, other = found["workspaces"]
    assert [own["workspace_id"], other["workspace_id"]] == [str(ACME), str(OTHER)]
    assert (found["currency"], found["since"], found["until"], found["today"]) == (
        "EUR",
        "2026-03-01",
        "2026-03-11",
        "2026-03-10",
    )
    assert own["day"] == {"spent": "1.00", "reserved": "0.00", "cap": None}
    # One day is seen, which cost 0.5, and today is dearer already: 21 more are taken for like the one.
    assert own["month"] == {
        "spent": "1.50",
        "reserved": "0.00",
        "cap": "1000.00",
        "forecast": "12.00",
    }
    assert (own["cost"], own["caps_are_default"], own["training_calls"]) == ("1.50", True, 0)
    assert (other["cost"], other["caps_are_default"], other["month"]["cap"]) == (
        "0.00",
        False,
        "20.00",
    )
    asked = [row for row in found["rows"] if row["operation"] == "enrich"]
    assert asked == [
        {
            "workspace_id": str(ACME),
            "day": None,
            "provider": "clay",
            "operation": "enrich",
            "training": False,
            "calls": 3,
            "units": "3",
            "cost": "1.50",
        }
    ]
    days = [row for row in by_day["rows"] if row["operation"] == "enrich"]
    assert [(row["day"], row["calls"], row["cost"]) for row in days] == [
        ("2026-03-09", 1, "0.50"),
        ("2026-03-10", 2, "1.00"),
    ]
    assert [row["cost"] for row in earlier["workspaces"]] == ["0.50", "0.00"]
    (call,) = [each for each in told if each["operation"] == "enrich"]
    assert (call["units"], call["cost"], call["training"]) == ("1", "0.50", False)


async def test_bad_periods_and_caps_are_refused(enrichment: Replica) -> None:
    backwards = {"since": "2026-03-02", "until": "2026-03-01"}
    endless = {"since": "2020-03-02", "until": "2026-03-01"}

    refused = [await enrichment.http.get("/spend", params=each) for each in (backwards, endless)]
    refused += [
        await enrichment.http.put(f"/spending-caps/{ACME}", json=body)
        for body in (
            {"daily": "-1", "monthly": None},
            {"daily": "0.001", "monthly": None},
            {"monthly": None},
            {"daily": None, "monthly": "NaN"},
        )
    ]

    assert [(each.status_code, each.json()["error"]["field"]) for each in refused] == [
        (422, "until"),
        (422, "until"),
        (422, "daily"),
        (422, "daily"),
        (422, "daily"),
        (422, "monthly"),
    ]


async def test_how_much_of_a_cap_is_taken_is_a_figure_of_the_worst(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(provider_prices=PRICES)
    await sandbox.control.company("one.com", contacts=[], credits_used=1)
    await enrich(replica, a_lead("one.com"))
    await set_caps(replica, "0.60", "50.00")

    await CapWatch(replica.database, SystemClock(), Caps()).look()

    def figure(period: str) -> float | None:
        return REGISTRY.get_sample_value("leadstream_spending_cap_use_ratio", {"period": period})

    assert figure("day") == pytest.approx(0.5 / 0.6)
    assert figure("month") == pytest.approx(0.01)

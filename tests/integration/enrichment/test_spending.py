"""`GET /spending`: what the provider was asked and paid for, by workspace, and how far the budgets go."""

from datetime import UTC, datetime, timedelta
from typing import Any

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, enrich
from integration.enrichment.replicas import Replica
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock


async def spending(replica: Replica, **query: Any) -> dict[str, Any]:
    answer = await replica.http.get("/spending", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_call_is_counted_by_what_became_of_it(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_daily_budget=9)
    await sandbox.control.script("clay", "enrich", {"status": 422}, {"action": "lose"})

    await enrich(replica, a_lead("refused.com"))
    await enrich(replica, a_lead("lost.com"))
    await enrich(replica, a_lead("acme.com"))
    await enrich(replica, a_lead("acme.com"), a_lead(None))
    await enrich(replica, a_lead("acme.com", workspace=OTHER))

    found = {row["workspace_id"]: row for row in (await spending(replica))["workspaces"]}
    acme, other = found[str(ACME)], found[str(OTHER)]
    assert {name: acme["calls"][name] for name in ("paid", "unknown", "unpaid", "open")} == {
        "paid": 2,
        "unknown": 1,
        "unpaid": 1,
        "open": 0,
    }
    assert acme["leads"] == {"enriched": 3, "cached": 1, "skipped": 1}
    assert acme["budget"] == {
        "daily_calls": 9,
        "is_default": True,
        "calls_today": 3,
        "recent": 3,
    }
    assert (other["calls"]["paid"], other["leads"]["cached"], other["credits"]) == (0, 1, 0)


async def test_it_is_of_the_workspace_and_the_time_that_are_asked_for(
    make_replica: MakeReplica,
) -> None:
    replica = await make_replica()
    await enrich(replica, a_lead("one.com"), a_lead("two.com", workspace=OTHER))

    own = await spending(replica, workspace_id=ACME)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = await spending(replica, since=tomorrow, until=tomorrow)

    assert [row["workspace_id"] for row in own["workspaces"]] == [str(ACME)]
    assert own["workspaces"][0]["calls"]["paid"] == 1
    assert [row["calls"]["paid"] for row in later["workspaces"]] == []


async def test_a_workspace_that_has_a_budget_and_asked_nothing_is_told_of(
    make_replica: MakeReplica,
) -> None:
    clock = FakeClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    replica = await make_replica(clock=clock)
    await replica.http.put(f"/provider-budgets/{ACME}", json={"daily_calls": 5})

    found = await spending(replica)

    assert (found["since"], found["day"]) == ("2026-03-01T00:00:00Z", "2026-03-01")
    (row,) = found["workspaces"]
    assert row["budget"] == {
        "daily_calls": 5,
        "is_default": False,
        "calls_today": 0,
        "recent": 0,
    }


async def test_an_end_before_the_beginning_is_refused(make_replica: MakeReplica) -> None:
    replica = await make_replica()

    answer = await replica.http.get(
        "/spending", params={"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
    )

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "until")

"""Several sources for the queries of a workspace, from the tick to the rows."""

from collections.abc import Mapping
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
    post,
    run,
)
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key

PRODUCT = "sandbox-crm"
NEXT_MORNING = MORNING + timedelta(days=1)


@pytest.fixture
async def discovery(make_replica: MakeReplica, sandbox: Sandbox) -> Replica:
    """With a key of both sources."""
    return await make_replica(
        g2_api_url=sandbox.env()["G2_API_URL"],
        g2_api_token="sandbox-g2",
        g2_settings={"products": {"*": PRODUCT}},
        g2_per_second=100,
        encryption_keys=generate_key("one"),
    )


def a_row(domain: str, signal: str = "pricing", *, days: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "company_name": f"Company {domain}",
        "company_domain": domain,
        "signal_type": signal,
        # G2 is asked for the last weeks, by the clock.
        "day": (datetime.now(UTC) - timedelta(days=days)).date().isoformat(),
        "company_intent_score": 80,
        "total_activity": 3,
        **more,
    }


async def sees(sandbox: Sandbox, datashopper: list[Any], g2: list[Any]) -> None:
    await sandbox.control.catalogue(TOPIC, datashopper)
    await sandbox.control.options("g2", rows={PRODUCT: g2})


async def runs(replica: Replica) -> dict[str, dict[str, Any]]:
    """The newest of each source."""
    return {row["source"]: row for row in await replica.rows("query_runs", "started_at")}


async def test_a_night_asks_each_source_and_what_one_sees_takes_nothing_from_the_other(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query = await a_query(discovery)
    rows = [a_row("acme.com"), a_row("acme.com", "compare")]
    await sees(sandbox, [a_company("acme.com", high=1)], rows)
    await run(discovery)

    (lead,) = await discovery.rows("leads")
    assert (lead["intent_data"]["score"], len(lead["intent_data"]["signals"])) == ("hot", 3)
    both = await runs(discovery)
    assert {name: row["status"] for name, row in both.items()} == {
        "datashopper": "succeeded",
        "g2": "succeeded",
    }
    assert sum(row["created"] for row in both.values()) == 1

    await sees(sandbox, [], rows)
    await run(discovery, at=NEXT_MORNING)

    story = await get(discovery, f"leads/{lead['id']}")
    assert {each["source"]: len(each["signals"]) for each in story["intents"]} == {
        "datashopper": 1,
        "g2": 2,
    }
    assert {each["query_id"] for each in story["intents"]} == {str(query)}
    assert {each["source"] for each in story["runs"]} <= {"datashopper", "g2"}
    assert len(await discovery.rows("leads")) == 1


async def test_b05_the_days_fifty_are_over_all_sources(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sees(sandbox, companies(40), [a_row(f"other-{n}.com") for n in range(40)])

    await run(discovery)

    assert len(await discovery.rows("leads")) == 50
    both = await runs(discovery)
    assert sum(row["created"] for row in both.values()) == 50
    assert sum(row["rejected"] for row in both.values()) == 30


async def test_b10_an_outage_of_one_source_leaves_the_others_runs_alone(
    discovery: Replica, sandbox: Sandbox
) -> None:
    for n in range(4):
        await a_query(discovery, f"query {n}")
    await sees(sandbox, companies(3), [a_row("g2.com")])
    blocked = {"rate": 1.0, "status": 403, "body": "<html>Error 1015</html>"}
    await sandbox.control.behave("g2", errors=blocked)

    await run_until_held(discovery)

    (pause,) = await discovery.rows("pauses")
    assert (pause["scope"], pause["reason"]) == ("provider:g2", "rate_limited")
    states = await discovery.database.pool.fetch(
        "SELECT kind, state, attempts, count(*) FROM jobs GROUP BY 1, 2, 3 ORDER BY 1"
    )
    assert [tuple(row) for row in states] == [
        ("run-query", "succeeded", 1, 4),
        ("run-query-g2", "ready", 0, 4),
    ]

    await sandbox.control.clear()
    await discovery.lift("provider:g2")
    await discovery.finish()

    assert {row["domain"] for row in await discovery.rows("leads")} >= {"g2.com"}


async def run_until_held(replica: Replica) -> None:
    await replica.take_in("scheduler.tick", a_tick())
    await replica.rest()


async def test_a_workspaces_own_key_and_choice_are_its_alone(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery, workspace=ACME)
    await a_query(discovery, workspace=OTHER)
    await sees(sandbox, companies(1), [a_row("g2.com")])
    own = await an_account(discovery, {"api_token": "wrong-token"}, {"products": {"*": PRODUCT}})
    tried = await post(discovery, f"provider-accounts/{own}/test")
    assert (tried["ok"], tried["code"]) == (False, "credential_refused")
    await discovery.http.put(f"/sources/{ACME}", json={"intent": ["g2"]})

    await run_until_held(discovery)

    (pause,) = await discovery.rows("pauses")
    assert (pause["scope"], pause["reason"]) == (f"provider:g2:{ACME}", "credential_refused")
    ended = await discovery.database.pool.fetch(
        "SELECT workspace_id, kind FROM jobs WHERE state = 'succeeded' ORDER BY kind"
    )
    assert [tuple(row) for row in ended] == [(OTHER, "run-query"), (OTHER, "run-query-g2")]

    await an_account(discovery, {"api_token": "sandbox-own"}, {"products": {"*": PRODUCT}})
    tried = await post(discovery, f"provider-accounts/{own}/test")
    assert tried["ok"], tried
    await discovery.finish()

    assert {row["workspace_id"] for row in await discovery.rows("leads")} == {ACME, OTHER}


async def test_a_topic_that_g2_has_no_product_for_fails_its_run_there_and_says_so(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(
        g2_api_url=sandbox.env()["G2_API_URL"],
        g2_api_token="sandbox-g2",
        g2_settings={"products": {"Payments": PRODUCT}},
    )
    await a_query(replica)
    await sees(sandbox, companies(1), [a_row("g2.com")])

    await run(replica)

    both = await runs(replica)
    assert {name: row["status"] for name, row in both.items()} == {
        "datashopper": "succeeded",
        "g2": "failed",
    }
    assert "settings.products" in both["g2"]["error"]
    assert not sandbox.ledger.entries(provider="g2")


async def test_training_asks_g2s_sandbox_and_nobody_else(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await discovery.http.put(f"/sources/{ACME}", json={"training": True})

    await run(discovery)

    asked = {(entry["provider"], entry["operation"]) for entry in sandbox.ledger.entries()}
    assert asked == {("g2", "sandbox")}
    assert await discovery.rows("leads")


async def test_b03_datashopper_is_paged_when_a_page_brings_only_what_is_known(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica()
    await a_query(replica)
    await sandbox.control.catalogue(TOPIC, companies(60))
    await run(replica)
    assert sandbox.ledger.searches() == {TOPIC: 1}

    await run(replica, at=NEXT_MORNING)

    assert [entry["page"] for entry in sandbox.ledger.entries(operation="search")] == [
        None,
        None,
        "2",
    ]
    first, second = await replica.rows("query_runs", "started_at")
    assert _figures(first) == {"found": 50, "created": 50, "known": 0, "units": 1}
    assert _figures(second) == {"found": 60, "created": 10, "known": 50, "units": 2}

    # The same day again: there is nothing more, and what there is is known.
    await run(replica, at=NEXT_MORNING + timedelta(hours=1))
    assert len(await replica.rows("leads")) == 60


def _figures(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(row[name]) for name in ("found", "created", "known", "units")}


async def an_account(
    replica: Replica, credentials: Mapping[str, str], settings: Mapping[str, Any]
) -> str:
    body = {
        "workspace_id": str(ACME),
        "provider": "g2",
        "credentials": dict(credentials),
        "settings": dict(settings),
    }
    return str((await post(replica, "provider-accounts", body))["id"])

"""A query that fails night after night: told once, and once when it works again."""

from datetime import timedelta
from typing import Any

import pytest

from integration.discovery.builders import ACME, MORNING, a_query, run
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox

AWAY = {"errors": {"status": 503}}
REFUSES = {"errors": {"status": 422}}


async def night(discovery: Replica, sandbox: Sandbox, day: int, how: Any) -> None:
    """The searches of one night, which go as `how` says; None: well."""
    await sandbox.control.clear("datashopper")
    if how:
        await sandbox.control.behave("datashopper", **how)
    await run(discovery, at=MORNING + timedelta(days=day))


async def told(discovery: Replica) -> list[tuple[str, str]]:
    events = await discovery.events("workspace.trouble")
    return [(event["state"], event["name"]) for event in events]


@pytest.mark.parametrize(
    ("nights", "states"),
    [
        ([REFUSES, REFUSES], []),
        ([REFUSES, REFUSES, REFUSES], ["began"]),
        ([REFUSES, REFUSES, REFUSES, REFUSES], ["began"]),
        ([AWAY, REFUSES, AWAY, None, None], ["began", "ended"]),
        ([REFUSES, REFUSES, None, REFUSES, REFUSES], []),
        ([REFUSES] * 3 + [None] + [REFUSES] * 3, ["began", "ended", "began"]),
        ([None, None], []),
    ],
)
async def test_three_bad_nights_are_told_once_and_a_good_one_after_them(
    discovery: Replica, sandbox: Sandbox, nights: list[Any], states: list[str]
) -> None:
    query_id = await a_query(discovery)

    for day, how in enumerate(nights):
        await night(discovery, sandbox, day, how)

    assert await told(discovery) == [(state, "AI tools") for state in states]
    for event in await discovery.events("workspace.trouble"):
        assert (event["cause"], event["subject_id"]) == ("query_failing", str(query_id))
        assert event["workspace_id"] == str(ACME)
        assert "422" in event["detail"] or "503" in event["detail"]


async def test_nights_count_by_the_days_that_a_query_is_searched_for_on(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)

    for week in range(3):
        await night(discovery, sandbox, 7 * week, REFUSES)

    assert await told(discovery) == [("began", "AI tools")]


async def test_a_source_that_answers_is_enough(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    """Of two that are asked each night, one fails."""
    env = sandbox.env()
    discovery = await make_replica(
        g2_api_url=env["G2_API_URL"],
        g2_api_token="sandbox-g2",
        g2_settings={"products": {"*": "sandbox-crm"}},
    )
    await a_query(discovery)

    for day in range(4):
        await night(discovery, sandbox, day, REFUSES)

    runs = {(row["source"], row["status"]) for row in await discovery.rows("query_runs")}
    assert runs == {("datashopper", "failed"), ("g2", "succeeded")}
    assert await told(discovery) == []


async def test_replays_and_runs_that_are_asked_for_again_are_no_further_news(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    for day in range(3):
        await night(discovery, sandbox, day, REFUSES)

    await night(discovery, sandbox, 2, REFUSES)
    await discovery.http.post("/jobs/retry", json={"state": "failed"})
    await discovery.finish()

    assert await told(discovery) == [("began", "AI tools")]


async def test_a_query_that_is_deleted_is_not_told_to_be_well(
    discovery: Replica, sandbox: Sandbox
) -> None:
    query_id = await a_query(discovery)
    for day in range(3):
        await night(discovery, sandbox, day, REFUSES)

    assert (await discovery.http.delete(f"/queries/{query_id}")).status_code == 200

    assert await discovery.rows("workspace_troubles") == []
    assert await told(discovery) == [("began", "AI tools")]

"""A run that somebody cancels is a run that has ended; run again, it is a run."""

from integration.discovery.builders import a_query, a_tick, companies, get, post
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox


async def test_a_cancelled_run_has_ended_and_may_be_run_again(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.catalogue("AI automation tools", companies(3))
    query_id = await a_query(discovery)
    await post(discovery, "pauses", {"scope": "kind:run-query", "reason": "a test"})
    await discovery.take_in("scheduler.tick", a_tick())
    (job,) = await discovery.rows("jobs")

    await post(discovery, f"jobs/{job['id']}/cancel", status=200)

    (cancelled,) = (await get(discovery, f"queries/{query_id}/runs"))["items"]
    assert (cancelled["status"], cancelled["id"]) == ("cancelled", str(job["id"]))
    assert cancelled["error"] == "an operator has cancelled the job"
    assert cancelled["finished_at"] is not None
    assert (await get(discovery, f"queries/{query_id}"))["last_run_at"] is None
    await discovery.lift("kind:run-query")
    await post(discovery, f"jobs/{job['id']}/retry")
    await discovery.finish()
    (ran,) = (await get(discovery, f"queries/{query_id}/runs"))["items"]
    assert (ran["status"], ran["created"], ran["error"]) == ("succeeded", 3, None)
    assert len(await discovery.events("lead.discovered")) == 3


async def test_a_run_that_a_provider_held_is_cancelled_with_its_row(
    discovery: Replica, sandbox: Sandbox
) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", quota_exhausted=True)
    await discovery.take_in("scheduler.tick", a_tick())
    await discovery.rest()
    (job,) = await discovery.rows("jobs")

    await post(discovery, f"jobs/{job['id']}/cancel")

    (run,) = await discovery.rows("query_runs")
    assert (run["status"], run["finished_at"] is None) == ("cancelled", False)
    assert await discovery.events() == []

"""A lead whose job is cancelled waits for nothing any more, and all hear of it; run again, it is enriched."""

from typing import Any

from integration.enrichment.leads import a_lead, discover
from integration.enrichment.replicas import Replica
from integration.enrichment.test_credits import a_known_lead, account, an_account, entries, trigger
from leadstream_dev.sandbox import Sandbox


async def hold(replica: Replica) -> None:
    body = {"scope": "kind:enrich-lead", "reason": "a test"}
    (await replica.http.post("/pauses", json=body)).raise_for_status()


async def let_go(replica: Replica) -> None:
    for pause in (await replica.http.get("/pauses")).json()["items"]:
        (await replica.http.delete(f"/pauses/{pause['id']}")).raise_for_status()


async def cancel(replica: Replica, job_id: Any) -> None:
    answer = await replica.http.post(f"/jobs/{job_id}/cancel")
    assert answer.status_code == 200, answer.text


async def test_a_cancelled_job_ends_the_leads_enrichment(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await hold(enrichment)
    lead = a_lead()
    await discover(enrichment, lead)
    (job,) = await enrichment.rows("jobs")

    await cancel(enrichment, job["id"])

    (row,) = await enrichment.rows("enrichments")
    assert (row["status"], row["error"]) == ("failed", "an operator has cancelled the job")
    (event,) = await enrichment.events("lead.failed")
    assert (event["lead_id"], event["stage"], event["revision"]) == (
        lead["lead_id"],
        "enrichment",
        1,
    )
    assert (event["error"]["class"], event["attempts"]) == ("cancelled", 0)
    assert sandbox.ledger.clay_calls().total() == 0


async def test_a_cancelled_job_that_is_run_again_enriches_the_lead(enrichment: Replica) -> None:
    await hold(enrichment)
    await discover(enrichment, a_lead())
    (job,) = await enrichment.rows("jobs")
    await cancel(enrichment, job["id"])

    await let_go(enrichment)
    await enrichment.http.post(f"/jobs/{job['id']}/retry")
    await enrichment.finish()

    (row,) = await enrichment.rows("enrichments")
    assert (row["status"], row["error"]) == ("completed", None)
    assert len(await enrichment.events("lead.enriched")) == 1
    assert len(await enrichment.events("lead.failed")) == 1


async def test_a_lead_that_is_enriched_stays_so_when_a_second_job_is_cancelled(
    enrichment: Replica,
) -> None:
    lead = await a_known_lead(enrichment)
    await hold(enrichment)
    job = (await trigger(enrichment, lead, None)).json()["job_id"]

    await cancel(enrichment, job)

    (row,) = await enrichment.rows("enrichments")
    assert row["status"] == "completed"
    assert await enrichment.events("lead.failed") == []


async def test_a_cancelled_job_gives_the_credit_back_at_once(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=1)
    lead = await a_known_lead(enrichment)
    await hold(enrichment)
    job = (await trigger(enrichment, lead, user)).json()["job_id"]

    await cancel(enrichment, job)

    assert (await account(enrichment, user))["daily_credits_used"] == 0
    assert await entries(enrichment) == {"reserve": 1, "release": 1}


async def test_a_company_that_a_cancelled_job_was_asking_about_is_free_for_others(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.behave("clay", "enrich", quota_exhausted=True)
    await discover(enrichment, a_lead())
    await enrichment.rest()
    (job,) = await enrichment.rows("jobs")

    await cancel(enrichment, job["id"])
    await sandbox.control.clear()
    await let_go(enrichment)
    await discover(enrichment, a_lead())
    await enrichment.finish()

    assert len(await enrichment.events("lead.enriched")) == 1
    open_calls = await enrichment.rows("provider_calls WHERE outcome IS NULL")
    assert open_calls == []

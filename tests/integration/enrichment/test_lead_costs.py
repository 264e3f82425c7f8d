"""What one lead came to, and what it cost."""

from typing import Any

import httpx

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_contact, a_lead, enrich
from integration.enrichment.replicas import Replica
from integration.enrichment.test_credits import a_known_lead, an_account, trigger
from integration.enrichment.test_triggers import a_token
from leadstream.ids import new_id
from leadstream_dev.sandbox import Sandbox


async def costs(replica: Replica, lead: dict[str, Any]) -> httpx.Response:
    return await replica.http.get(f"/leads/{lead['lead_id']}")


async def test_a_lead_shows_the_calls_that_it_took_and_its_second_revision_none(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = a_lead(score="cold")
    await enrich(enrichment, lead)
    await enrich(enrichment, {**lead, "revision": 2, "intent": {"score": "hot"}})

    answer = (await costs(enrichment, lead)).json()

    first, second = answer["enrichments"]
    calls = await enrichment.rows("provider_calls")
    assert (first["revision"], first["status"], first["provider"]) == (1, "completed", "clay")
    assert (second["revision"], second["credits_used"]) == (2, 0)
    assert {call["id"] for call in answer["calls"]} == {str(call["id"]) for call in calls}
    assert {call["job_id"] for call in answer["calls"]} == {first["job_id"]}
    assert {call["outcome"] for call in answer["calls"]} == {"succeeded"}
    assert answer["credits"] == []


async def test_a_lead_shows_the_credit_of_the_user_who_asked_by_hand(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = await a_known_lead(enrichment)
    user = await an_account(enrichment, limit=3)
    job = (await trigger(enrichment, lead, user)).json()["job_id"]
    await enrichment.finish()

    credits = (await costs(enrichment, lead)).json()["credits"]

    assert [(each["entry"], each["job_id"], each["open"]) for each in credits] == [
        ("reserve", job, False),
        ("commit", job, False),
    ]


async def test_a_skipped_lead_says_why_and_cost_nothing(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    lead = a_lead(domain=None)
    await enrich(enrichment, lead)

    answer = (await costs(enrichment, lead)).json()

    [skipped] = answer["enrichments"]
    assert (skipped["status"], skipped["reason"]) == ("skipped", "missing_domain")
    assert answer["calls"] == []


async def test_contacts_that_were_left_out_are_named_with_why(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    contacts = [a_contact("Ada"), {"id": "c_nobody"}]
    body = {"contacts": contacts, "credits_used": 1}
    await sandbox.control.script("clay", "enrich", {"status": 200, "body": body})
    lead = a_lead()
    await enrich(enrichment, lead)

    [completed] = (await costs(enrichment, lead)).json()["enrichments"]

    assert completed["total_contacts"] == 1
    assert completed["rejected"] == ["contact 2: missing_name"]


async def test_another_workspace_does_not_see_what_a_lead_cost(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    tokens = [a_token("acme", ACME), a_token("other", OTHER)]
    replica = await make_replica(admin_tokens=tokens)
    lead = a_lead()
    await enrich(replica, lead)

    def by(name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {name}"}

    path = f"/leads/{lead['lead_id']}"
    own = await replica.http.get(path, headers=by("acme"))
    theirs = await replica.http.get(path, headers=by("other"))
    unknown = await replica.http.get(f"/leads/{new_id()}", headers=by("acme"))

    assert (own.status_code, theirs.status_code, unknown.status_code) == (200, 404, 404)
    assert theirs.json() == unknown.json()

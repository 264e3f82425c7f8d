"""People who are found where an earlier answer had none: a revision, so that it is announced and uploaded."""

from typing import Any

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import a_contact, a_lead, discover, enrich
from integration.enrichment.replicas import Replica
from integration.enrichment.test_credits import trigger
from leadstream_dev.sandbox import Sandbox


async def answers_with(sandbox: Sandbox, *contacts: dict[str, Any]) -> None:
    body = {"contacts": list(contacts), "credits_used": 1}
    await sandbox.control.script("clay", "enrich", {"status": 200, "body": body})


async def revisions(replica: Replica) -> list[tuple[int, int]]:
    events = await replica.events("lead.enriched")
    return [(each["revision"], each["enrichment"]["total_contacts"]) for each in events]


async def test_people_found_later_make_the_next_revision(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_cache_days=0)
    lead = a_lead()
    await answers_with(sandbox)
    await enrich(replica, lead)
    await answers_with(sandbox, a_contact("Ada"))

    await trigger(replica, lead, None)
    await replica.finish()

    assert await revisions(replica) == [(1, 0), (2, 1)]
    rows = await replica.rows("enrichments ORDER BY revision")
    assert [(row["revision"], row["total_contacts"]) for row in rows] == [(1, 0), (2, 1)]
    [known] = await replica.rows("leads")
    assert (known["revision"], known["event"]["revision"]) == (2, 2)


async def test_people_found_again_are_told_as_the_revision_that_they_were(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_cache_days=0)
    lead = a_lead()
    await answers_with(sandbox, a_contact("Ada"))
    await enrich(replica, lead)
    await answers_with(sandbox, a_contact("Grace"))

    await trigger(replica, lead, None)
    await replica.finish()

    assert await revisions(replica) == [(1, 1), (1, 1)]


async def test_nobody_again_is_no_revision(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    replica = await make_replica(enrichment_cache_days=0)
    lead = a_lead()
    await answers_with(sandbox)
    await enrich(replica, lead)
    await answers_with(sandbox)

    await trigger(replica, lead, None)
    await replica.finish()

    assert await revisions(replica) == [(1, 0), (1, 0)]


async def test_a_lead_that_rose_meanwhile_is_not_raised_once_more(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    """Its own revision is enriched by itself, with the people who are known by then."""
    replica = await make_replica(enrichment_cache_days=0)
    lead = a_lead(score="cold")
    await answers_with(sandbox)
    await enrich(replica, lead)
    await replica.http.post("/pauses", json={"scope": "kind:enrich-lead", "reason": "a test"})
    await trigger(replica, lead, None)
    await discover(replica, {**lead, "revision": 2, "intent": {"score": "hot", "signals": []}})
    await answers_with(sandbox, a_contact("Ada"))
    await answers_with(sandbox, a_contact("Ada"))

    [pause] = (await replica.http.get("/pauses")).json()["items"]
    await replica.http.delete(f"/pauses/{pause['id']}")
    await replica.finish()

    assert sorted(await revisions(replica)) == [(1, 0), (1, 1), (2, 1)]

"""A person is erased from the read model, and a replayed record does not bring them back."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from discovery.adapters.erasure import SWEEPS
from integration.discovery.builders import ACME, a_lead_id, enriched, failed, post
from integration.discovery.replicas import Replica
from leadstream.erasure import Asked, Erasures, Person
from support.ledger import until
from support.traces import tables_with

ADA = "ada@acme.com"


def an_enriched_lead(**more: Any) -> dict[str, Any]:
    event = enriched(a_lead_id(), **more)
    ada = {"full_name": "Ada", "email": "Ada@acme.com", "verified_email": True}
    bob = {"full_name": "Bob", "email": "bob@acme.com"}
    event["enrichment"] |= {"contacts": [ada, bob], "primary_contact": ada, "total_contacts": 2}
    return event


async def test_the_lead_stays_without_the_person_whatever_is_replayed(discovery: Replica) -> None:
    event = an_enriched_lead()
    failure = failed(a_lead_id())
    failure["error"]["message"] = f"refused {ADA}"
    await discovery.take_in("lead.enriched", event)
    await discovery.take_in("lead.failed", failure)

    erased = await post(discovery, "erasures", {"email": ADA, "reason": "asked"})
    await discovery.take_in("lead.enriched", event)
    await discovery.take_in("lead.enriched", an_enriched_lead())

    assert erased["removed"]["leads"] == 1
    assert await tables_with(discovery.database, ADA) == {}
    rows = [row for row in await discovery.rows("leads") if row["contact_data"]]
    assert len(rows) == 2
    for row in rows:
        contacts = row["contact_data"]
        assert [each["full_name"] for each in contacts["contacts"]] == ["Bob"]
        assert contacts["primary_contact"]["full_name"] == "Bob"
        assert (contacts["total_contacts"], row["enrichment_status"]) == (1, "completed")


async def test_one_workspace_erases_in_itself_only(discovery: Replica) -> None:
    await discovery.take_in("lead.enriched", an_enriched_lead())
    elsewhere = {"email": ADA, "reason": "asked", "workspace_id": str(a_lead_id())}

    first = await post(discovery, "erasures", elsewhere)
    second = await post(discovery, "erasures", elsewhere | {"workspace_id": str(ACME)})

    assert (first["removed"]["leads"], second["removed"]["leads"]) == (0, 1)


async def test_an_erasure_that_was_cut_short_is_finished_by_whoever_is_there(
    discovery: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.erasure.sweeps.BATCH", 2)
    monkeypatch.setattr("leadstream.erasure.router.PATIENCE_SECONDS", -1)
    for _ in range(5):
        await discovery.take_in("lead.enriched", an_enriched_lead())

    begun = await discovery.http.post("/erasures", json={"email": ADA, "reason": "asked"})
    # What comes now comes without the person, wherever the erasure has been already.
    await discovery.take_in("lead.enriched", an_enriched_lead())
    half = await tables_with(discovery.database, ADA)
    await finished(discovery)
    answer = await discovery.http.get(f"/erasures/{begun.json()['id']}")

    assert begun.status_code == 202
    assert begun.json()["finished_at"] is None
    assert half == {"leads": 3, "erasures": 1}, "two were looked through, and one came without"
    assert await tables_with(discovery.database, ADA) == {}
    assert answer.json()["removed"]["leads"] == 5
    assert answer.json()["finished_at"] is not None


async def test_intake_does_not_wait_for_an_erasure_that_is_under_way(discovery: Replica) -> None:
    await discovery.take_in("lead.enriched", an_enriched_lead())
    erasures = Erasures(discovery.database, SWEEPS)
    erasure_id, ada = uuid4(), Person(email=ADA, workspace_id=None)
    async with discovery.database.transaction() as tx:
        await erasures.begin(tx, Asked(id=erasure_id, receipt_id=erasure_id, person=ada))
    async with discovery.database.transaction() as batch:
        await batch.fetch("SELECT FROM erasures WHERE id = $1 FOR UPDATE", erasure_id)
        await batch.fetch("SELECT FROM leads FOR NO KEY UPDATE")

        await discovery.take_in("lead.enriched", an_enriched_lead())

    rows = await discovery.rows("leads")
    assert sorted(len(row["contact_data"]["contacts"]) for row in rows) == [1, 2]


async def test_a_dry_run_tells_and_touches_nothing(discovery: Replica) -> None:
    await discovery.take_in("lead.enriched", an_enriched_lead())
    asked = {"email": ADA, "reason": "asked", "dry_run": True}

    first = await post(discovery, "erasures", asked)
    second = await post(discovery, "erasures", asked)

    assert first["removed"] == second["removed"]
    assert (first["removed"]["leads"], first["known"], second["known"]) == (1, False, False)
    assert "leads" in await tables_with(discovery.database, ADA)
    assert await discovery.rows("erased_people") == []
    assert await discovery.rows("audit_log") == []


async def finished(discovery: Replica) -> None:
    """As another replica, or the same one after a crash, goes on."""
    stop = asyncio.Event()
    loop = asyncio.create_task(Erasures(discovery.database, SWEEPS).run(stop))

    async def done() -> bool:
        return all(row["finished_at"] for row in await discovery.rows("erasures"))

    await until(done)
    stop.set()
    await loop

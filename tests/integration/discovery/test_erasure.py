"""A person is erased from the read model, and a replayed record does not bring them back."""

from typing import Any

from integration.discovery.builders import ACME, a_lead_id, enriched, failed, post
from integration.discovery.replicas import Replica
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

"""A person in the read model: shown, and after an objection in nothing that comes."""

from integration.discovery.builders import a_lead_id, failed
from integration.discovery.replicas import Replica
from integration.discovery.test_erased_elsewhere import finished
from integration.discovery.test_erasure import ADA, an_enriched_lead
from support.erased import hashed, search, teach
from support.person import object_to, remembered, show, shows_all_that_would_be_erased


async def test_all_that_an_erasure_would_find_is_shown(discovery: Replica) -> None:
    event = an_enriched_lead()
    event["enrichment"]["provider"] = "clay"
    failure = failed(a_lead_id())
    failure["error"]["message"] = f"refused {ADA}"
    await discovery.take_in("lead.enriched", event)
    await discovery.take_in("lead.failed", failure)

    found = await shows_all_that_would_be_erased(discovery.http, ADA)
    items = await show(discovery.http, ADA)

    assert found == {"leads", "lead_history"}
    (contact,) = [each for each in items if "email" in each["facts"]]
    assert contact["lead_id"] == event["lead_id"]
    assert contact["provider"] == "clay"
    assert contact["facts"]["full_name"] == "Ada"


async def test_what_comes_after_an_objection_comes_without_the_person(discovery: Replica) -> None:
    await discovery.take_in("lead.enriched", an_enriched_lead())

    await object_to(discovery.http, ADA)
    await discovery.take_in("lead.enriched", an_enriched_lead())

    rows = await discovery.rows("leads")
    assert sorted(len(row["contact_data"]["contacts"]) for row in rows) == [1, 2]


async def test_a_service_that_was_restored_learns_who_objected_and_erases_nobody(
    discovery: Replica,
) -> None:
    await discovery.take_in("lead.enriched", an_enriched_lead())

    new = await teach(discovery.http, {**hashed(ADA), "kind": "objected"})
    found = await search(discovery.http)
    await finished(discovery)
    await discovery.take_in("lead.enriched", an_enriched_lead())

    assert (new, found["found"]) == (1, 0)
    assert await remembered(discovery.http, ADA) == ["objected"]
    rows = await discovery.rows("leads")
    assert sorted(len(row["contact_data"]["contacts"]) for row in rows) == [1, 2]


async def test_of_who_objected_and_who_was_erased_elsewhere_the_erasure_counts(
    discovery: Replica,
) -> None:
    objected, erased = {**hashed(ADA), "kind": "objected"}, hashed(ADA)

    learnt = [
        await teach(discovery.http, objected),
        await teach(discovery.http, objected, erased),
        await teach(discovery.http, objected),
    ]

    assert learnt == [1, 1, 0]
    assert await remembered(discovery.http, ADA) == ["erased"]

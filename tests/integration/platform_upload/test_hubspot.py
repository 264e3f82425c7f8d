"""The HubSpot adapter against a portal that refuses what HubSpot refuses."""

from typing import Any

import httpx
import orjson
import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES

PORTAL_TOKEN = f"sandbox-{WORKSPACE}"


@pytest.fixture
async def hubspot(bench: Bench) -> Bench:
    await bench.connect()
    return bench


async def portal(bench: Bench) -> dict[str, Any]:
    (found,) = (await bench.sandbox.control.state("hubspot")).values()
    state: dict[str, Any] = found
    return state


async def companies(bench: Bench) -> list[dict[str, Any]]:
    return [each["properties"] for each in (await portal(bench))["records"]["companies"]]


async def add_company(bench: Bench, **properties: str) -> None:
    """A company that the account has had before us."""
    await _call(
        bench, "objects", "companies/batch/create", {"inputs": [{"properties": properties}]}
    )


async def _call(bench: Bench, family: str, path: str, body: dict[str, Any]) -> None:
    """What the account's owner does there."""
    url = f"{bench.sandbox.url}/hubspot/crm/{family}/2026-09/{path}"
    async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
        answer = await http.post(
            url, json=body, headers={"authorization": f"Bearer {PORTAL_TOKEN}"}
        )
    assert answer.is_success, answer.text


async def test_b31_a_company_has_its_people_linked(hubspot: Bench) -> None:
    await hubspot.upload(an_upload())

    state = await portal(hubspot)
    (company,) = state["records"]["companies"]
    (contact,) = state["records"]["contacts"]
    assert contact["properties"]["email"] == "john@acme.com"
    assert contact["properties"]["jobtitle"] == "VP of Engineering"
    assert state["associations"] == [
        {"from": f"contacts/{contact['id']}", "to": f"companies/{company['id']}"}
    ]


async def test_our_properties_are_made_once(hubspot: Bench) -> None:
    await hubspot.upload(an_upload(1))
    await hubspot.upload(an_upload(2))

    made = {
        each["name"]: each for each in (await portal(hubspot))["custom_properties"]["companies"]
    }
    assert set(made) == {"leadstream_lead_id", "leadstream_intent_score", "leadstream_top_signals"}
    assert made["leadstream_lead_id"]["hasUniqueValue"]
    assert hubspot.calls("hubspot", "property_create") == 3


async def test_a_property_that_somebody_deleted_is_put_back(hubspot: Bench) -> None:
    await hubspot.upload(an_upload(1))
    missing = {
        "status": 400,
        "body": {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": 'Property "leadstream_lead_id" does not exist',
        },
    }
    await hubspot.sandbox.control.script("hubspot", "batch_upsert", missing)

    await hubspot.upload(an_upload(2))

    assert await hubspot.statuses() == ["uploaded"] * 2
    assert {job["attempts"] for job in await hubspot.replica.jobs()} == {1}


async def test_a_property_that_is_not_unique_holds_the_connection_and_says_why(
    bench: Bench,
) -> None:
    await bench.connect()
    definition = {
        "name": "leadstream_lead_id",
        "label": "x",
        "groupName": "companyinformation",
        "type": "string",
        "fieldType": "text",
    }
    await _call(bench, "properties", "companies", definition)

    await bench.upload(an_upload())

    (row,) = await bench.items("/uploads")
    assert (row["status"], row["held_by"]) == ("pending", ["misconfigured"])
    assert "not unique" in row["error"]


async def test_properties_that_cannot_be_made_cost_no_lead(hubspot: Bench) -> None:
    refused = {"status": 400, "body": {"category": "VALIDATION_ERROR", "message": "no such group"}}
    await hubspot.sandbox.control.script("hubspot", "property_create", refused)

    await hubspot.upload(*uploads(3))

    held = await hubspot.items("/uploads")
    assert {(row["status"], *row["held_by"]) for row in held} == {("pending", "misconfigured")}


async def test_a_company_the_account_had_before_is_not_made_twice(hubspot: Bench) -> None:
    await add_company(hubspot, name="ACME Inc.", domain="ACME.com", city="Oakland")

    await hubspot.upload(an_upload())
    await hubspot.upload(an_upload(revision=2, intent_score="hot"))

    (company,) = await companies(hubspot)
    # What it says of itself stays; gaps are filled.
    assert (company["name"], company["city"]) == ("ACME Inc.", "Oakland")
    assert company["numberofemployees"] == "250"
    assert company["leadstream_lead_id"] == an_upload()["lead_id"]
    assert {event["outcome"] for event in await hubspot.uploaded()} == {"updated"}
    assert {event["external_id"] for event in await hubspot.uploaded()} == {company["hs_object_id"]}


async def test_searches_stay_below_the_length_that_hubspot_takes(hubspot: Bench) -> None:
    """3,000 characters of body, beyond which a search is a 400."""
    long = [an_upload(n, domain=f"{'very-' * 9}long-name-{n}.example") for n in range(100)]

    await hubspot.upload(*long)

    searches = hubspot.sandbox.ledger.entries(provider="hubspot", operation="search")
    assert len(searches) > 1
    assert max(len(orjson.dumps(search.body)) for search in searches) < 3_000
    asked = [v for e in searches for v in e.body["filterGroups"][0]["filters"][0]["values"]]
    assert len(asked) == len(set(asked)) == 100
    assert await hubspot.statuses() == ["uploaded"] * 100


async def test_a_company_that_search_does_not_show_yet_is_found_by_our_id(hubspot: Bench) -> None:
    """What was written moments ago is missing from searches, and a lost answer is tried again moments later."""
    await hubspot.upload(an_upload())
    nothing = {"status": 200, "body": {"total": 0, "results": []}}
    await hubspot.sandbox.control.script("hubspot", "search", nothing)

    await hubspot.upload(an_upload(revision=2))

    assert len(await companies(hubspot)) == 1


async def test_a_company_of_ours_is_ours_whatever_domain_it_has_by_now(hubspot: Bench) -> None:
    await hubspot.upload(an_upload())
    (ours,) = await companies(hubspot)
    moved = {"id": ours["hs_object_id"], "properties": {"domain": "acme.io"}}
    await _call(hubspot, "objects", "companies/batch/update", {"inputs": [moved]})
    await add_company(hubspot, name="Another Acme", domain="acme.com")

    await hubspot.upload(an_upload(revision=2))

    found = {each["hs_object_id"]: each for each in await companies(hubspot)}
    assert len(found) == 2
    assert found[ours["hs_object_id"]]["domain"] == "acme.io"
    assert found[ours["hs_object_id"]]["name"] == "Acme Corp"
    assert await hubspot.statuses() == ["uploaded"] * 2


async def test_two_leads_of_one_domain_share_a_company(hubspot: Bench) -> None:
    await hubspot.upload(an_upload(1, domain="acme.com"), an_upload(2, domain="acme.com"))

    (company,) = await companies(hubspot)
    assert await hubspot.statuses() == ["uploaded"] * 2
    assert {e["external_id"] for e in await hubspot.uploaded()} == {company["hs_object_id"]}


async def test_companies_without_a_domain_are_told_apart_by_our_id(hubspot: Bench) -> None:
    await hubspot.upload(an_upload(1, domain=None), an_upload(2, domain=None))
    await hubspot.upload(an_upload(1, domain=None, revision=2))

    assert len(await companies(hubspot)) == 2


async def test_a_person_in_two_leads_is_one_contact_linked_to_both(hubspot: Bench) -> None:
    await hubspot.upload(an_upload(1), an_upload(2))

    state = await portal(hubspot)
    assert len(state["records"]["contacts"]) == 1
    assert len(state["associations"]) == 2


@pytest.mark.parametrize("partial_status", [207, 200, 400])
async def test_b33_only_accepted_rows_are_uploaded(bench: Bench, partial_status: int) -> None:
    """Leads are refused one by one or with their batch, for a property that there is no lead without."""
    events = uploads(5)
    rule = {"property": "leadstream_lead_id", "value": events[2]["lead_id"]}
    await bench.sandbox.control.options("hubspot", partial_status=partial_status, rules=[rule])
    await bench.connect()

    await bench.upload(*events)

    assert await bench.statuses() == ["failed"] + ["uploaded"] * 4
    (failed,) = await bench.items("/uploads", status="failed")
    assert failed["lead_id"] == events[2]["lead_id"]
    (event,) = await bench.replica.events("lead.failed")
    assert (event["error"]["class"], event["attempts"]) == ("VALIDATION_ERROR", 1)
    assert len(await companies(bench)) == 4


async def test_b33_a_batch_refused_as_a_whole_is_halved_until_the_bad_lead_stands_alone(
    hubspot: Bench,
) -> None:
    events = uploads(40)
    bad = events[23]["lead_id"]
    await hubspot.sandbox.control.behave(
        "hubspot",
        "batch_upsert",
        match={"object": "companies"},
        contains=f'"id":"{bad}"',
        errors={"status": 400, "body": {"category": "VALIDATION_ERROR", "message": "no"}},
    )

    await hubspot.upload(*events)

    assert await hubspot.statuses() == ["failed"] + ["uploaded"] * 39
    (failed,) = await hubspot.items("/uploads", status="failed")
    assert failed["lead_id"] == bad
    # 40 → 20 → 10 → 5 → 3 → 2 → 1: down to the bad one, and each other half once.
    assert hubspot.calls("hubspot", "batch_upsert", object="companies") <= 13
    assert set(hubspot.sandbox.ledger.crm_writes("hubspot").values()) == {1}


async def test_a_contact_that_hubspot_refuses_does_not_cost_the_company(hubspot: Bench) -> None:
    good = {"full_name": "Good One", "email": "good@acme.com"}
    bad = {"full_name": "Bad One", "email": "not an address"}

    await hubspot.upload(an_upload(contacts=[good, bad], primary_contact=good))

    (row,) = await hubspot.items("/uploads")
    assert (row["status"], row["error"]) == ("uploaded", "HubSpot refused 1 of its contacts")
    assert len((await portal(hubspot))["records"]["contacts"]) == 1


async def test_contacts_that_cannot_be_written_now_are_written_later(hubspot: Bench) -> None:
    await hubspot.sandbox.control.script(
        "hubspot", "batch_upsert", {"status": 503}, match={"object": "contacts"}
    )

    await hubspot.upload(an_upload())

    state = await portal(hubspot)
    assert len(state["records"]["contacts"]) == len(state["associations"]) == 1
    assert len(state["records"]["companies"]) == 1
    assert await hubspot.statuses() == ["uploaded"]


async def test_revision_2_updates_the_company_and_costs_nothing(hubspot: Bench) -> None:
    await hubspot.upload(an_upload(intent_score="warm"))

    await hubspot.upload(an_upload(intent_score="hot", revision=2))

    (company,) = await companies(hubspot)
    assert company["leadstream_intent_score"] == "hot"
    assert [event["outcome"] for event in await hubspot.uploaded()] == ["created", "updated"]
    assert await hubspot.billed() == 1


async def test_the_days_quota_holds_the_connection(hubspot: Bench) -> None:
    await hubspot.sandbox.control.behave("hubspot", quota_exhausted="daily")

    await hubspot.upload(an_upload())

    (pause,) = await hubspot.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "quota_exhausted")
    assert pause["until"] is not None
    (job,) = await hubspot.replica.jobs()
    assert (job["state"], job["attempts"]) == ("ready", 0)


async def test_missing_scopes_hold_the_connection_until_it_is_saved(hubspot: Bench) -> None:
    await hubspot.sandbox.control.options("hubspot", missing_scopes=["crm.objects.companies.write"])
    await hubspot.upload(an_upload())
    (row,) = await hubspot.items("/uploads")
    assert row["held_by"] == ["credential_refused"]
    (pause,) = await hubspot.items("/pauses")
    assert pause["detail"].startswith("MISSING_SCOPES: ")
    await hubspot.sandbox.control.options("hubspot", missing_scopes=[])

    await hubspot.connect()
    await hubspot.upload()

    assert await hubspot.statuses() == ["uploaded"]


async def test_the_pace_is_kept_before_hubspot_has_to_ask(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    """What the account may do is learnt from its answers."""
    bench = Bench(await make_replica(), sandbox)
    await sandbox.control.behave("hubspot", rate_limit={"limit": 10, "window": 1.0})
    await bench.connect()

    await bench.upload(*uploads(3))
    for start in range(10, 40, 10):
        await bench.upload(*uploads(3, start=start))

    assert len(sandbox.ledger.entries(provider="hubspot", status=429)) == 0
    assert len(sandbox.ledger.entries(provider="hubspot")) > 20

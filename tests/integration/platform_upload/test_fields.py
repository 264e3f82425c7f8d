"""B54: one optional field that a platform refuses never costs a lead, and the upload says which it was."""

from typing import Any

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, uploads
from leadstream.observability.metrics import UPLOAD_ADJUSTMENTS_TOTAL
from leadstream_dev.sandbox.control import Control

Said = list[tuple[str, str]]


async def leads(bench: Bench) -> dict[str, dict[str, Any]]:
    """What Salesforce has, by company."""
    state = await bench.sandbox.control.state("salesforce")
    return {lead["Company"]: lead for lead in state.get(f"sandbox-{WORKSPACE}", [])}


async def companies(bench: Bench) -> dict[str, dict[str, Any]]:
    (portal,) = (await bench.sandbox.control.state("hubspot")).values()
    found = [each["properties"] for each in portal["records"]["companies"]]
    return {each["domain"]: each for each in found}


async def said(bench: Bench, event: dict[str, Any]) -> Said:
    """What the upload of an event says of its fields."""
    (row,) = await bench.items("/uploads", lead_id=event["lead_id"])
    assert row["status"] == "uploaded", row["error"]
    return [(each["field"], each["action"]) for each in row["adjustments"]]


@pytest.fixture
async def salesforce(bench: Bench) -> Bench:
    await bench.connect("salesforce")
    return bench


@pytest.fixture
async def hubspot(bench: Bench) -> Bench:
    await bench.connect()
    return bench


@pytest.fixture
def control(bench: Bench) -> Control:
    return bench.sandbox.control


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ({"state": "CA", "country": "United States"}, ("CA", "US")),
        ({"state": "California", "country": "USA"}, ("CA", "US")),
        ({"state": "Quebec", "country": "Canada"}, ("QC", "CA")),
        ({"state": "Bavaria", "country": "Deutschland"}, (None, "DE")),
        ({"state": "CA", "country": "Atlantis"}, (None, None)),
        ({"state": "CA", "country": None}, (None, None)),
        ({"state": None, "country": "Great Britain"}, (None, "GB")),
        ({"state": "California", "country": "United States"}, ("CA", "US")),
    ],
)
async def test_states_and_countries_of_an_org_with_lists_of_them(
    salesforce: Bench, control: Control, place: dict[str, Any], kept: tuple[Any, Any]
) -> None:
    await control.options("salesforce", state_country_picklists=True)

    await salesforce.upload(an_upload(location={"city": "Somewhere", **place}))

    (lead,) = (await leads(salesforce)).values()
    assert (lead.get("StateCode"), lead.get("CountryCode")) == kept
    assert lead["City"] == "Somewhere"
    assert {job["attempts"] for job in await salesforce.replica.jobs()} == {1}


async def test_an_org_without_lists_keeps_names(salesforce: Bench) -> None:
    event = an_upload()

    await salesforce.upload(event)

    (lead,) = (await leads(salesforce)).values()
    assert (lead["State"], lead["Country"]) == ("CA", "United States")
    assert await said(salesforce, event) == []


async def test_what_the_platform_said_is_on_the_upload(salesforce: Bench, control: Control) -> None:
    await control.options("salesforce", state_country_picklists=True, lengths={"Title": 4})

    await salesforce.upload(an_upload())

    (row,) = await salesforce.items("/uploads")
    assert {each["field"]: each["action"] for each in row["adjustments"]} == {
        "Title": "mended",
        "State": "mended",
        "Country": "mended",
    }
    assert any("FIELD_INTEGRITY_EXCEPTION" in each["said"] for each in row["adjustments"])


@pytest.mark.parametrize(
    "options",
    [
        {"hidden": ["Rating"]},
        {"read_only": ["Rating"]},
        {"restricted_picklists": {"Rating": ["Lukewarm"]}},
        {"rules": [{"field": "Rating", "named": ["Rating"]}]},
        {"rules": [{"field": "Rating", "code": "FIELD_INTEGRITY_EXCEPTION", "named": ["Rating"]}]},
        {"rules": [{"field": "Rating", "message": "Rating: no"}]},
        {"rules": [{"field": "Rating", "code": "NEVER_SEEN_BEFORE", "named": ["Rating"]}]},
    ],
)
async def test_salesforce_has_many_words_for_a_field_that_it_refuses(
    salesforce: Bench, control: Control, options: dict[str, Any]
) -> None:
    await control.options("salesforce", **options)
    events = uploads(3)

    await salesforce.upload(*events)

    assert [await said(salesforce, event) for event in events] == [[("Rating", "left_out")]] * 3
    assert salesforce.calls("salesforce", "upsert") == 2
    assert all("Industry" in lead for lead in (await leads(salesforce)).values())


async def test_one_leads_field_costs_its_neighbours_nothing(salesforce: Bench) -> None:
    events = uploads(5)
    bad = {"full_name": "Jane Doe", "email": "no address", "title": "CEO"}
    events[3] = an_upload(3, company_name="Acme 3", contacts=[bad], primary_contact=bad)

    await salesforce.upload(*events)

    assert [await said(salesforce, each) for each in events] == [
        *([[]] * 3),
        [("Email", "left_out")],
        [],
    ]
    assert [lead.get("Title") for lead in (await leads(salesforce)).values()].count("CEO") == 1
    first, second = salesforce.sandbox.ledger.entries(provider="salesforce", operation="upsert")
    assert (len(first.body["records"]), len(second.body["records"])) == (5, 1)


async def test_a_rule_that_names_nothing_leaves_what_there_must_be(
    salesforce: Bench, control: Control
) -> None:
    await control.options("salesforce", rules=[{"field": "Industry", "message": "ask Bob first"}])

    await salesforce.upload(an_upload())

    (lead,) = (await leads(salesforce)).values()
    assert (lead["Company"], lead["LastName"]) == ("Acme Corp", "Smith")
    assert "Industry" not in lead


async def test_fields_are_counted(salesforce: Bench, control: Control) -> None:
    await control.options("salesforce", read_only=["Phone", "Rating"])
    counter = UPLOAD_ADJUSTMENTS_TOTAL.labels("salesforce", "Rating", "left_out")
    before = counter._value.get()

    await salesforce.upload(an_upload(1), an_upload(2))

    assert counter._value.get() == before + 2


@pytest.mark.parametrize("partial_status", [207, 200, 400])
async def test_hubspot_names_the_property_and_it_alone_is_left_out(
    hubspot: Bench, control: Control, partial_status: int
) -> None:
    rule = {"property": "city", "value": "Atlantis", "message": "no such city"}
    await control.options("hubspot", partial_status=partial_status, rules=[rule])
    events = uploads(4)
    events[1] = an_upload(1, location={"city": "Atlantis", "state": "CA"})

    await hubspot.upload(*events)

    assert [await said(hubspot, each) for each in events] == [[], [("city", "left_out")], [], []]
    found = await companies(hubspot)
    assert [found[f"acme{n}.com"].get("city") for n in range(1, 4)] == [
        None,
        "San Francisco",
        "San Francisco",
    ]
    assert found["acme1.com"]["state"] == "CA"
    assert hubspot.calls("hubspot", "batch_upsert", object="companies") == 2


async def test_a_property_that_the_account_has_not_is_left_out(
    hubspot: Bench, control: Control
) -> None:
    await control.options("hubspot", hidden=["annualrevenue", "jobtitle"])
    events = uploads(3)
    john = {"full_name": "John Smith", "email": "john@acme.com", "title": "CEO"}
    events[0] = an_upload(0, contacts=[john], primary_contact=john)

    await hubspot.upload(*events)

    assert ("annualrevenue", "left_out") in await said(hubspot, events[1])
    assert ("jobtitle", "left_out") in await said(hubspot, events[0])
    assert len(await companies(hubspot)) == 3


async def test_a_contact_loses_a_field_and_no_more(hubspot: Bench, control: Control) -> None:
    rule = {"property": "jobtitle", "value": "VP of Engineering", "message": "no such title"}
    await control.options("hubspot", rules=[rule])
    event = an_upload()

    await hubspot.upload(event)

    (portal,) = (await control.state("hubspot")).values()
    (contact,) = portal["records"]["contacts"]
    assert "jobtitle" not in contact["properties"]
    assert contact["properties"]["lastname"] == "Smith"
    assert await said(hubspot, event) == [("jobtitle", "left_out")]

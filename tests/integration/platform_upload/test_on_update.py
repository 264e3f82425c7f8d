"""B53: what a person entered at a platform stays, and what is still as we wrote it is kept up to date."""

from typing import Any

import pytest

from integration.platform_upload.bench import Bench, an_upload, id_of
from integration.platform_upload.people import Sales, lead_of, record_of


@pytest.fixture
def sales(bench: Bench) -> Sales:
    return Sales(bench)


def revised(**changes: Any) -> dict[str, Any]:
    jack = {"full_name": "Jack Jones", "email": "jack@acme.com", "title": "CTO"}
    values: dict[str, Any] = {
        "company_name": "Acme Incorporated",
        "employee_count": 300,
        "contacts": [jack],
        "primary_contact": jack,
    }
    return an_upload(revision=2, **(values | changes))


async def test_salesforce_is_kept_up_to_date_where_nobody_else_writes(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(intent_score="warm", revenue=None))

    await bench.upload(revised())

    lead = await lead_of(bench)
    assert (lead["Company"], lead["LastName"], lead["Rating"]) == (
        "Acme Incorporated",
        "Jones",
        "Hot",
    )
    # A gap is filled.
    assert lead["AnnualRevenue"] == 10_000_000


async def test_b53_what_sales_entered_in_a_lead_stays(bench: Bench, sales: Sales) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    await sales.edits_lead(Company="ACME (our friends)", Description="Called, wants a demo")

    await bench.upload(revised())
    await bench.upload(an_upload(revision=3, employee_count=400))

    lead = await lead_of(bench)
    assert (lead["Company"], lead["Description"]) == ("ACME (our friends)", "Called, wants a demo")
    assert lead["NumberOfEmployees"] == 400


async def test_another_person_is_not_given_our_persons_address(bench: Bench, sales: Sales) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(contacts=[], primary_contact=None))
    await sales.edits_lead(LastName="Doe")

    await bench.upload(revised())

    lead = await lead_of(bench)
    assert lead["LastName"] == "Doe"
    assert not {"FirstName", "Email", "Title"} & set(lead)


async def test_unknown_is_written_over_nobody(bench: Bench) -> None:
    await bench.connect("salesforce", settings=_settings(bench, on_update="overwrite"))
    await bench.upload(an_upload())

    await bench.upload(revised(contacts=[], primary_contact=None))

    lead = await lead_of(bench)
    assert (lead["LastName"], lead["Company"]) == ("Smith", "Acme Incorporated")


async def test_overwrite_writes_over_what_sales_entered(bench: Bench, sales: Sales) -> None:
    await bench.connect("salesforce", settings=_settings(bench, on_update="overwrite"))
    await bench.upload(an_upload())
    await sales.edits_lead(Company="ACME (our friends)")

    await bench.upload(revised())

    assert (await lead_of(bench))["Company"] == "Acme Incorporated"


async def test_a_field_that_we_cannot_read_is_not_written_over(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(intent_score="warm"))
    await bench.sandbox.control.options("salesforce", hidden=["Rating"])

    await bench.upload(revised())

    assert (await lead_of(bench))["Rating"] == "Warm"
    assert await bench.statuses() == ["uploaded"] * 2


async def test_new_leads_are_not_looked_for(bench: Bench) -> None:
    await bench.connect("salesforce")

    await bench.upload(an_upload(1), an_upload(2))

    assert bench.calls("salesforce", "query") == 0


async def test_a_lead_that_sales_deleted_since_is_made_again(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload())
    missing = [
        {
            "success": False,
            "errors": [
                {"statusCode": "REQUIRED_FIELD_MISSING", "message": "[Company]", "fields": []}
            ],
        }
    ]
    await bench.sandbox.control.script("salesforce", "upsert", {"status": 200, "body": missing})

    await bench.upload(revised())

    assert await bench.statuses() == ["uploaded"] * 2


async def test_hubspot_is_kept_up_to_date_where_nobody_else_writes(bench: Bench) -> None:
    await bench.connect()
    await bench.upload(an_upload(revenue=None))

    await bench.upload(revised(contacts=[JOHN_NOW], primary_contact=JOHN_NOW))

    company, contact = await record_of(bench, "companies"), await record_of(bench, "contacts")
    assert (company["name"], company["numberofemployees"]) == ("Acme Incorporated", "300")
    assert company["annualrevenue"] == "10000000"
    assert contact["jobtitle"] == "CEO"


async def test_b53_what_sales_entered_in_hubspot_stays(bench: Bench, sales: Sales) -> None:
    await bench.connect()
    await bench.upload(an_upload())
    await sales.edits("companies", await record_of(bench, "companies"), name="Our friends")
    await sales.edits("contacts", await record_of(bench, "contacts"), jobtitle="Boss", phone="1")

    await bench.upload(revised(contacts=[JOHN_NOW], primary_contact=JOHN_NOW))

    company, contact = await record_of(bench, "companies"), await record_of(bench, "contacts")
    assert (company["name"], company["numberofemployees"]) == ("Our friends", "300")
    assert (contact["jobtitle"], contact["phone"]) == ("Boss", "1")


async def test_hubspot_overwrites_where_that_is_wanted(bench: Bench, sales: Sales) -> None:
    await bench.connect(settings={"on_update": "overwrite"})
    await bench.upload(an_upload())
    await sales.edits("companies", await record_of(bench, "companies"), name="Our friends")

    await bench.upload(revised())

    assert (await record_of(bench, "companies"))["name"] == "Acme Incorporated"


async def test_what_is_to_become_of_updates_is_one_of_two_words(bench: Bench) -> None:
    answer = await bench.connect(settings={"on_update": "sometimes"}, status=422)

    assert "settings.on_update" in str(answer)
    made = await bench.connect(settings={"on_update": "overwrite"})
    assert made["settings"] == {"on_update": "overwrite"}
    changed = await bench.patch(f"/connections/{id_of()}", {"settings": {}})
    assert changed["settings"] == {}


JOHN_NOW = {"full_name": "John Smith", "email": "John@acme.com", "title": "CEO", "phone": "+1 555"}


def _settings(bench: Bench, **more: str) -> dict[str, Any]:
    return {**bench.body("salesforce")["settings"], **more}

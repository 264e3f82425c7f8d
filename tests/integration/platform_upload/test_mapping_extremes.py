"""Mappings that somebody has written badly, or that leave out all that can be left out."""

from typing import Any

import pytest

from integration.platform_upload.bench import Bench, an_upload
from integration.platform_upload.people import lead_of, record_of
from integration.platform_upload.test_mapping import connect
from platform_upload.domain.field_map import Ours

FIXED = {
    "salesforce": {Ours.COMPANY_NAME, Ours.CONTACT_LAST_NAME},
    "hubspot": {Ours.COMPANY_NAME, Ours.DOMAIN, Ours.CONTACT_EMAIL},
}
MANY = {f"field_{n}": f"Field{n}__c" for n in range(200)}
both = pytest.mark.parametrize("adapter", sorted(FIXED))


@both
@pytest.mark.parametrize("fields", ["city", "", 0, 5, True, False, [], ["city"], [["city", "x"]]])
async def test_fields_that_are_no_mapping_are_422(bench: Bench, adapter: str, fields: Any) -> None:
    answer = await connect(bench, adapter, fields=fields, status=422)

    assert answer["error"]["field"] == "settings.fields"
    assert await bench.items("/connections") == []


@both
@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        (MANY, "field_0"),
        ({"": "x"}, ""),
        ({"City": "x"}, "City"),
        ({"contact": {"email": "x"}}, "contact"),
        ({"id": "x"}, "id"),
        ({"lead_id": None}, "lead_id"),
        ({"city": {"name": "x"}}, "city"),
        ({"city": True}, "city"),
        ({"city": "x" * 100_000}, "city"),
        ({"city": "a\x00b"}, "city"),
        ({"city": "\uff34own"}, "city"),
        ({"company_name": None}, "company_name"),
        (dict.fromkeys(Ours), "company_name"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_name_that_is_none_is_422_with_the_field(
    bench: Bench, adapter: str, fields: Any, blamed: str
) -> None:
    answer = await connect(bench, adapter, fields=fields, status=422)

    assert answer["error"]["field"] == f"settings.fields.{blamed}"
    assert len(str(answer)) < 2_000
    assert await bench.items("/connections") == []


@pytest.mark.parametrize(
    ("adapter", "fields", "blamed"),
    [
        ("salesforce", {"city": "leadstream_lead_id__C"}, "city"),
        ("salesforce", {"city": "ID"}, "city"),
        ("salesforce", {"city": "ownerid"}, "city"),
        ("salesforce", {"city": "EMAIL"}, "city"),
        ("salesforce", {"city": "title"}, "city"),
        ("salesforce", {"city": "TOWN__c", "state": "town__c"}, "state"),
        ("salesforce", {"city": "CreatedDate"}, "city"),
        ("salesforce", {"city": "Name"}, "city"),
        ("hubspot", {"city": "LeadStream_Lead_Id"}, "city"),
        ("hubspot", {"city": "hs_object_id"}, "city"),
        ("hubspot", {"contact.title": "leadstream_lead_id"}, "contact.title"),
        ("hubspot", {"contact.title": "hs_object_id"}, "contact.title"),
        ("hubspot", {"contact.title": "email"}, "contact.title"),
        ("hubspot", {"city": "createdate"}, "city"),
    ],
)
async def test_what_is_taken_or_read_only_is_422_in_any_capitals(
    bench: Bench, adapter: str, fields: dict[str, str], blamed: str
) -> None:
    answer = await connect(bench, adapter, fields=fields, status=422)

    assert answer["error"]["field"] == f"settings.fields.{blamed}"


async def test_at_salesforce_all_that_can_be_left_out_is(bench: Bench) -> None:
    fields = {ours: None for ours in Ours if ours not in FIXED["salesforce"]}
    await connect(bench, "salesforce", fields=fields)

    await bench.upload(an_upload())
    await bench.upload(an_upload(revision=2, company_name="Acme Two"))

    lead = await lead_of(bench)
    assert (lead["Company"], lead["LastName"]) == ("Acme Two", "Smith")
    assert lead.keys().isdisjoint({"City", "Email", "Description", "Website", "Rating"})
    assert await bench.statuses() == ["uploaded", "uploaded"]
    assert await bench.billed() == 1


async def test_at_hubspot_all_that_can_be_left_out_is(bench: Bench) -> None:
    fields = {ours: None for ours in Ours if ours not in FIXED["hubspot"]}
    await connect(bench, "hubspot", fields=fields)

    await bench.upload(an_upload())
    await bench.upload(an_upload(revision=2, company_name="Acme Two"))

    company, contact = await record_of(bench, "companies"), await record_of(bench, "contacts")
    assert (company["name"], company["domain"]) == ("Acme Two", "acme.com")
    assert company.keys().isdisjoint({"city", "industry", "annualrevenue"})
    assert contact["email"] == "john@acme.com"
    assert contact.keys().isdisjoint({"firstname", "lastname", "jobtitle", "phone"})
    assert await bench.statuses() == ["uploaded", "uploaded"]


@both
async def test_none_given_is_as_ever(bench: Bench, adapter: str) -> None:
    await connect(bench, adapter, fields=None)

    await bench.upload(an_upload())

    assert await bench.statuses() == ["uploaded"]

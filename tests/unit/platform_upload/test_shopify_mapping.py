"""A lead as a shop's company, and the words in which a shop is asked for one."""

from typing import Any

import pytest
from graphql import parse, validate

from leadstream_dev.sandbox.providers.shopify.schema import SCHEMA
from platform_upload.adapters.shopify import documents
from platform_upload.adapters.shopify.answers import judge_user_errors
from platform_upload.adapters.shopify.documents import Document, find_companies, quoted
from platform_upload.adapters.shopify.forms import NEW_COMPANY, complaints_of
from platform_upload.adapters.shopify.mapping import (
    EMAIL,
    NOTE,
    company_draft,
    contact_draft,
    nested,
)
from platform_upload.domain.drafts import Action
from unit.platform_upload.builders import JOHN, a_lead
from unit.platform_upload.replies import a_reply, cases


def sent(**changes: Any) -> dict[str, Any]:
    return nested(company_draft(a_lead(**changes)).fields)


def test_b31_the_company_holds_what_the_contract_shows() -> None:
    (case,) = [case for case in cases("shopify") if case["name"] == "create"]
    expected = case["request"]["body"]["variables"]["input"]

    company = sent(id=expected["company"]["externalId"])

    assert set(expected["company"]) == set(company["company"])
    assert expected["company"]["note"] in company["company"]["note"]
    assert company["companyContact"] == expected["companyContact"]


def test_facts_that_a_company_has_no_fields_for_are_its_note() -> None:
    note = sent(industry="Retail\nand <b>more</b>", employee_count=None)["company"]["note"]

    assert note.splitlines() == [
        "Intent: hot",
        "Industry: Retail and <b>more</b>",
        "Domain: acme.com",
    ]


@pytest.mark.parametrize(
    ("location", "address"),
    [
        (
            {"city": "Toronto", "state": "Ontario", "country": "Canada"},
            {"city": "Toronto", "zoneCode": "ON", "countryCode": "CA"},
        ),
        ({"state": "Bavaria-ish", "country": "Germany"}, {"countryCode": "DE"}),
        ({"city": "Springfield", "state": "CA", "country": None}, None),
        ({"city": "Nowhere", "country": "Atlantis"}, None),
        ({}, None),
    ],
)
def test_what_is_no_code_is_left_out(
    location: dict[str, Any], address: dict[str, Any] | None
) -> None:
    found = sent(location=location).get("companyLocation")

    assert (found and found["shippingAddress"]) == address


def test_only_one_person_goes_and_only_with_an_address() -> None:
    nameless = {"full_name": "No Address", "email": None}
    other = {"full_name": "O P", "email": "o@acme.com"}

    both = sent(contacts=[nameless, JOHN, other], primary_contact=None)
    nobody = sent(contacts=[nameless], primary_contact=None)

    assert both["companyContact"]["email"] == "john@acme.com"
    assert "companyContact" not in nobody
    assert "o@acme.com" not in str(both)


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("+1 (415) 555-0100", "+14155550100"),
        ("+44 20 7946 0000 / +44 20 7946 0001", "+442079460000"),
        ("(415) 555-0100", None),
        ("+1 415 555 0100 ext. 7", None),
        ("+0123", None),
    ],
)
def test_a_number_goes_in_full_or_not_at_all(phone: str, dialled: str | None) -> None:
    draft = contact_draft(a_lead(contacts=[JOHN | {"phone": phone}], primary_contact=None))

    assert draft
    assert draft.fields.get("companyContact.phone") == dialled
    said = [(each.field, each.action) for each in draft.adjustments]
    action = Action.MENDED if dialled else Action.LEFT_OUT
    assert said == [("companyContact.phone", action)]


def test_an_address_that_no_field_holds_takes_its_person_with_it() -> None:
    long = JOHN | {"email": f"{'x' * 300}@acme.com"}

    draft = company_draft(a_lead(contacts=[long], primary_contact=None))

    assert not [name for name in draft.fields if name.startswith("companyContact.")]
    assert [(each.field, each.action) for each in draft.adjustments] == [(EMAIL, Action.LEFT_OUT)]


@pytest.mark.parametrize(
    ("value", "in_quotes"),
    [
        ("plain", "'plain'"),
        ("' OR external_id:'x", r"'\' OR external_id:\'x'"),
        ("ends with \\", r"'ends with \\'"),
        (r"\'", r"'\\\''"),
    ],
)
def test_nothing_ends_a_quoted_value(value: str, in_quotes: str) -> None:
    assert quoted(value) == in_quotes
    assert in_quotes in find_companies([value], with_contacts=False).variables["q"]


EVERY_PART = [
    documents.create_company({"company": {"name": "A"}}),
    documents.update_company("gid://1", {"name": "A"}),
    documents.create_contact("gid://1", {"email": "a@b.com"}),
    documents.update_contact("gid://1", {"title": "CEO"}),
    documents.assign_customer("gid://1", "gid://2"),
    documents.remove_contact("gid://1"),
]


@pytest.mark.parametrize(
    "document",
    [
        find_companies(["a", "b"], with_contacts=True),
        documents.read_companies(["a", "b"], with_contacts=False),
        documents.find_customers(["o'neil@acme.com", "b@acme.com"]),
        documents.look_around(),
        documents.mutation(EVERY_PART),
    ],
    ids=["find", "read", "customers", "look_around", "mutation"],
)
def test_every_document_is_one_for_the_schema(document: Document) -> None:
    assert validate(SCHEMA, parse(document.text)) == []
    assert "acme" not in document.text


def test_no_document_invites_anybody() -> None:
    assert not [part.name for part in EVERY_PART if "Email" in part.name or "nvit" in part.name]


def errors(*found: tuple[list[str] | None, str, str]) -> list[dict[str, Any]]:
    return [{"field": path, "code": code, "message": said} for path, code, said in found]


def mended(*found: tuple[list[str] | None, str, str]) -> dict[str, Any] | None:
    complaints = complaints_of(errors(*found))
    draft = company_draft(a_lead()).amended(complaints, NEW_COMPANY)
    return nested(draft.fields) if draft else None


def test_a_complaint_takes_what_it_names_and_no_more() -> None:
    without_title = mended((["input", "companyContact", "title"], "INVALID", "no"))
    without_zone = mended(
        (["input", "companyLocation", "shippingAddress", "zoneCode"], "INVALID", "no")
    )

    assert without_title
    assert "title" not in without_title["companyContact"]
    assert without_zone
    assert set(without_zone["companyLocation"]["shippingAddress"]) == {"city", "countryCode"}


@pytest.mark.parametrize(
    ("path", "group"),
    [
        (["input", "companyContact", "email"], "companyContact"),
        (["input", "companyContact"], "companyContact"),
        (["input", "companyLocation", "shippingAddress", "countryCode"], "companyLocation"),
        (["input", "companyLocation", "shippingAddress", "address1"], "companyLocation"),
        (["input", "companyLocation", "shippingAddress", "zip"], "companyLocation"),
        (["input", "companyLocation"], "companyLocation"),
    ],
)
def test_what_a_group_can_not_be_without_takes_the_group_with_it(
    path: list[str], group: str
) -> None:
    found = mended((path, "TAKEN", "has already been taken"))

    assert found
    assert group not in found
    assert found["company"]["name"] == "Acme Corp"


def test_a_name_is_cut_and_never_left_out() -> None:
    shorter = mended(
        (["input", "company", "name"], "TOO_LONG", "is too long (maximum is 4 characters)")
    )

    assert shorter
    assert shorter["company"]["name"] == "Acme"
    assert mended((["input", "company", "name"], "INVALID", "no")) is None


def test_a_note_that_is_refused_is_left_out() -> None:
    found = mended((["input", "company", "note"], "INVALID", "no"))

    assert found
    assert NOTE.partition(".")[2] not in found["company"]


def test_what_passes_goes_before_what_stays() -> None:
    listed = errors((["input", "company", "name"], "INVALID", "no"), (None, "INTERNAL_ERROR", "x"))

    assert judge_user_errors(listed, a_reply(200, {}), of="").verdict.value == "retry"

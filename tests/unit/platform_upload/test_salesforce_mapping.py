from typing import Any

import pytest

from platform_upload.adapters.salesforce.layout import EXTERNAL_ID
from platform_upload.adapters.salesforce.mapping import lead_draft
from platform_upload.domain.lead import Lead
from unit.platform_upload.builders import JOHN, a_lead
from unit.platform_upload.replies import cases


def row_of(lead: Lead) -> dict[str, Any]:
    return dict(lead_draft(lead).fields)


def test_b31_the_row_holds_what_the_contract_shows() -> None:
    (case,) = [case for case in cases("salesforce") if case["name"] == "collections upsert"]
    (expected,) = case["request"]["body"]["records"]

    draft = lead_draft(a_lead(id=expected[EXTERNAL_ID]))

    row = {"attributes": {"type": "Lead"}, EXTERNAL_ID: draft.key, **draft.fields}
    assert expected.items() <= row.items()
    assert set(row) - set(expected) == {"Description"}
    assert draft.adjustments == ()


def test_without_people_the_last_name_is_unknown() -> None:
    row = row_of(a_lead(contacts=[], primary_contact=None))

    assert row["LastName"] == "[Unknown]"
    assert "Email" not in row
    assert "FirstName" not in row


def test_a_blank_company_name_gives_way_to_the_domain() -> None:
    assert row_of(a_lead(company_name="  "))["Company"] == "acme.com"
    assert row_of(a_lead(company_name=" ", domain=None))["Company"] == "[Unknown]"


@pytest.mark.parametrize(
    ("field", "length", "changes"),
    [
        ("Company", 255, {"company_name": "x" * 400}),
        ("Industry", 40, {"industry": "x" * 400}),
        ("City", 40, {"location": {"city": "x" * 400}}),
        ("State", 80, {"location": {"state": "x" * 400}}),
        ("Country", 80, {"location": {"country": "x" * 400}}),
        ("Title", 128, {"contacts": [JOHN | {"title": "x" * 400}], "primary_contact": None}),
        ("LastName", 80, {"contacts": [{"full_name": "x" * 400}], "primary_contact": None}),
    ],
)
def test_texts_are_cut_to_their_fields(field: str, length: int, changes: dict[str, Any]) -> None:
    assert len(row_of(a_lead(**changes))[field]) == length


def test_an_address_is_whole_or_not_there() -> None:
    long = {"full_name": "John Smith", "email": f"{'x' * 90}@acme.com"}

    row = row_of(a_lead(contacts=[long], primary_contact=None, domain=f"{'x' * 300}.com"))

    assert "Email" not in row
    assert "Website" not in row


def test_a_head_count_that_the_field_cannot_hold_is_left_out() -> None:
    assert "NumberOfEmployees" not in row_of(a_lead(employee_count=2_000_000_000))


def test_other_people_and_signals_are_in_the_description() -> None:
    others = [{"full_name": f"P {n}", "email": f"p{n}@acme.com"} for n in range(2)]

    description = row_of(a_lead(contacts=[JOHN, *others]))["Description"]

    assert "Company researching AI tools (high)" in description
    assert "P 1, p1@acme.com" in description
    assert "john@acme.com" not in description


def test_what_is_cut_or_left_out_is_said() -> None:
    long = {"full_name": "x" * 90, "email": f"{'x' * 90}@acme.com"}

    draft = lead_draft(a_lead(contacts=[long], primary_contact=None, employee_count=10**9))

    assert [(each.field, each.action.value) for each in draft.adjustments] == [
        ("LastName", "mended"),
        ("Email", "left_out"),
        ("NumberOfEmployees", "left_out"),
    ]


@pytest.mark.parametrize(
    ("phone", "sent"),
    [
        ("+1 415 555 0100", "+1 415 555 0100"),
        ("+1 415 555 0100, +1 415 555 0101, +1 415 555 0102", "+1 415 555 0100"),
        ("+1 415 555 0100 / +1 415 555 0101 / +1 415 555 0102", "+1 415 555 0100"),
        ("1" * 60, None),
    ],
)
def test_a_phone_number_is_never_cut_in_its_middle(phone: str, sent: str | None) -> None:
    contact = JOHN | {"phone": phone}

    assert row_of(a_lead(contacts=[contact], primary_contact=None)).get("Phone") == sent

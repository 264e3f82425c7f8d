import json
from typing import Any
from uuid import UUID

import pytest

from platform_upload.adapters.wealthbox.mapping import organization, person
from platform_upload.domain.drafts import Action
from platform_upload.domain.lead import Lead
from unit.platform_upload.builders import JOHN, a_document, a_lead
from unit.platform_upload.replies import cases


def body_of(lead: Lead) -> dict[str, Any]:
    wanted = organization(lead)
    return dict(wanted.new_body(wanted.draft.fields))


def people_of(lead: Lead) -> list[dict[str, Any]]:
    found = [person(lead, each, each.email or "") for each in lead.people]
    return [dict(wanted.new_body(wanted.draft.fields)) for wanted in found]


def expected(name: str) -> dict[str, Any]:
    (case,) = [case for case in cases("wealthbox") if case["name"] == name]
    body: dict[str, Any] = case["request"]["body"]
    return body


def test_b31_the_organization_is_as_the_contract_shows() -> None:
    body = expected("create org")
    lead = a_lead(
        id=body["external_unique_id"],
        company_name="Acme Capital",
        domain="acme.example",
        intent_signals=[],
        location={"city": "New York", "state": "New York", "country": "United States"},
    )

    # The empty list of the contract's says nothing.
    assert body_of(lead) | {"email_addresses": []} == body
    assert organization(lead).draft.adjustments == ()


def test_b31_a_person_is_as_the_contract_shows() -> None:
    body = expected("create person")
    john = {"full_name": "John Smith", "email": "john@acme.example", "title": "VP"}
    lead = a_lead(
        id=body["external_unique_id"].partition(":")[0],
        company_name="Acme Capital",
        contacts=[john],
        primary_contact=None,
    )

    assert people_of(lead) == [body]


def test_signals_are_in_the_background() -> None:
    assert body_of(a_lead())["background_information"] == (
        "Intent: hot\n- Company researching AI tools (high)"
    )


def test_nothing_of_money_or_birth_is_written() -> None:
    private: dict[str, Any] = {
        "revenue": 987_654_321,
        "annual_income": 123_456,
        "gross_annual_income": 123_456,
        "assets": 555_555,
        "birth_date": "1971-02-03",
        "date_of_birth": "1971-02-03",
    }
    contact = JOHN | private
    lead = a_lead(**private, contacts=[contact], primary_contact=contact)

    whole = json.dumps([body_of(lead), people_of(lead)]).casefold()

    assert [str(value) for value in private.values() if str(value) in whole] == []
    words = (
        "revenue",
        "income",
        "asset",
        "birth",
        "worth",
        "salary",
        "tax",
        "liabilit",
        "passport",
    )
    assert [word for word in words if word in whole] == []


def test_nothing_but_these_fields_is_written() -> None:
    assert set(body_of(a_lead())) == {
        *("type", "external_unique_id", "name", "contact_type", "contact_source", "tags"),
        *("background_information", "websites", "street_addresses"),
    }
    (john,) = people_of(a_lead(contacts=[JOHN | {"phone": "+1 555"}], primary_contact=None))
    assert set(john) == {
        *("type", "external_unique_id", "first_name", "last_name", "job_title", "company_name"),
        *("contact_type", "email_addresses", "phone_numbers"),
    }


def test_what_is_not_known_is_left_out() -> None:
    lead = a_lead(company_name="  ", domain=None, location=None, intent_signals=[])

    assert set(body_of(lead)) == {
        *("type", "external_unique_id", "name", "contact_type", "contact_source", "tags"),
        "background_information",
    }
    assert body_of(lead)["name"] == "[Unknown]"
    assert body_of(a_lead(company_name=" "))["name"] == "acme.com"


def test_somebody_without_a_name_has_an_unknown_one() -> None:
    (body,) = people_of(a_lead(contacts=[{"email": "x@acme.com"}], primary_contact=None))

    assert body["last_name"] == "[Unknown]"
    assert "first_name" not in body


def test_a_person_is_known_by_the_address_in_any_case() -> None:
    lead = a_lead(contacts=[JOHN | {"email": "John@Acme.COM"}], primary_contact=None)

    (body,) = people_of(lead)

    assert body["external_unique_id"] == f"{UUID(a_document()['id'])}:john@acme.com"
    assert body["email_addresses"][0]["address"] == "John@Acme.COM"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"company_name": "word " * 100}, "name"),
        ({"location": {"city": "word " * 100}}, "city"),
    ],
)
def test_texts_are_cut_and_that_is_said(changes: dict[str, Any], field: str) -> None:
    draft = organization(a_lead(**changes)).draft

    assert 200 < len(draft.fields[field]) <= 255
    (note,) = draft.adjustments
    assert (note.field, note.action) == (field, Action.MENDED)


def test_addresses_and_numbers_are_whole_or_not_there() -> None:
    long = JOHN | {"email": f"{'x' * 300}@acme.com", "phone": "5" * 300}
    lead = a_lead(contacts=[long], primary_contact=None, domain=f"{'x' * 300}.com")

    (body,) = people_of(lead)

    assert not {"email_addresses", "phone_numbers"} & set(body)
    assert "websites" not in body_of(lead)


def test_of_several_numbers_the_first_is_taken() -> None:
    several = JOHN | {"phone": "+1 555 0100, " + "9" * 300}

    (body,) = people_of(a_lead(contacts=[several], primary_contact=None))

    assert body["phone_numbers"][0]["address"] == "+1 555 0100"

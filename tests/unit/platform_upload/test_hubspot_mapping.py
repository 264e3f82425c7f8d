from platform_upload.adapters.hubspot.companies import Match, company_draft, company_update
from platform_upload.adapters.hubspot.mapping import (
    PROPERTIES,
    company_facts,
    contact_properties,
)
from platform_upload.domain.gaps import OnUpdate
from platform_upload.domain.lead import Contact
from unit.platform_upload.builders import a_lead, a_parcel
from unit.platform_upload.replies import cases


def test_b31_the_upsert_holds_what_the_contract_shows() -> None:
    lead = a_lead(id="0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11")
    (expected,) = cases("hubspot")[0]["request"]["body"]["inputs"]

    sent = company_draft(lead)

    assert sent.key == expected["id"] == expected["objectWriteTraceId"]
    assert expected["properties"].items() <= sent.fields.items()


def test_values_are_texts_and_what_is_unknown_is_left_out() -> None:
    facts = company_facts(a_lead(employee_count=None, revenue=0, location={}, domain=None))

    assert facts == {
        "name": "Acme Corp",
        "industry": "INFORMATION_TECHNOLOGY_AND_SERVICES",
        "annualrevenue": "0",
    }


def test_industries_are_those_of_hubspots_list() -> None:
    names = {
        "Computer Software": "COMPUTER_SOFTWARE",
        "Real Estate": "REAL_ESTATE",
        "Hospitals": "HOSPITAL_HEALTH_CARE",
        "Advertising": "MARKETING_AND_ADVERTISING",
        "Space Mining": None,
    }

    found = {name: company_facts(a_lead(industry=name)).get("industry") for name in names}

    assert found == names


def test_contacts_carry_the_full_set() -> None:
    contact = Contact(full_name="John Smith", email="john@acme.com", title="VP", phone="1")

    assert contact_properties(contact) == {
        "email": "john@acme.com",
        "firstname": "John",
        "lastname": "Smith",
        "jobtitle": "VP",
        "phone": "1",
    }


def test_a_company_that_was_there_keeps_what_it_says_of_itself() -> None:
    match = Match("101", {"name": "ACME Inc.", "domain": "acme.com", "city": ""})

    properties = company_update(a_parcel(), match, OnUpdate.FILL_GAPS).fields

    assert "name" not in properties
    assert properties["city"] == "San Francisco"
    assert properties["leadstream_intent_score"] == "hot"
    assert properties["leadstream_lead_id"] == str(a_lead().id)


def test_a_company_of_another_lead_keeps_its_owner() -> None:
    match = Match("101", {"leadstream_lead_id": "another", "domain": "acme.com"})

    draft = company_update(a_parcel(), match, OnUpdate.OVERWRITE)

    assert "leadstream_lead_id" not in draft.fields


def test_our_key_is_unique_from_the_start() -> None:
    (key,) = [each for each in PROPERTIES if each["name"] == "leadstream_lead_id"]

    assert key["hasUniqueValue"] is True

"""`settings.fields`, profiles and owners: what is refused without asking the platform, and what then goes out."""

from typing import Any

import pytest

from platform_upload.adapters.hubspot import layout as hubspot
from platform_upload.adapters.hubspot.companies import Match, company_draft, company_update
from platform_upload.adapters.hubspot.forms import company_form, contact_form
from platform_upload.adapters.hubspot.mapping import company_facts, contact_properties
from platform_upload.adapters.salesforce import layout as salesforce
from platform_upload.adapters.salesforce.form import complaints_of, lead_form
from platform_upload.adapters.salesforce.mapping import lead_draft
from platform_upload.application.ports import InvalidConnectionError
from platform_upload.domain.drafts import Complaint, Draft, Form
from platform_upload.domain.field_map import KINDS, Ours
from platform_upload.domain.gaps import OnUpdate, digests
from unit.platform_upload.builders import JOHN, a_lead, a_parcel

USER = "0055e0000000001AAA"
RULE = "01Q5e0000000001AAA"
HEALTH = {"profile": "health-cloud"}


def row_of(settings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return dict(lead_draft(a_lead(**changes), salesforce.layout_of(settings)).fields)


def company_of(settings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return dict(company_draft(a_lead(**changes), hubspot.layout_of(settings)).fields)


def test_each_field_of_ours_has_a_kind() -> None:
    assert set(KINDS) == set(Ours)


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({"colour": "Colour__c"}, "colour"),
        ({"Company_Name": "Company"}, "Company_Name"),
        ({"city": "Town"}, None),
        ({"city": "Town__c"}, None),
        ({"city": "Pkg__Town__c"}, None),
        ({"city": ""}, "city"),
        ({"city": 5}, "city"),
        ({"city": ["Town__c"]}, "city"),
        ({"city": "My Town"}, "city"),
        ({"city": "Town__"}, "city"),
        ({"city": "Town__r"}, "city"),
        ({"city": "1Town__c"}, "city"),
        ({"city": "To__wn__x__c"}, "city"),
        ({"city": "Town__c, Name"}, "city"),
        ({"city": "Städte__c"}, "city"),
        ({"city": "A" * 200}, "city"),
        ({"city": "Town__c\n"}, None),
        # Two of ours to one of theirs, said or not.
        ({"city": "Town__c", "state": "Town__c"}, "state"),
        ({"city": "Town__c", "state": "town__C"}, "state"),
        ({"city": "State"}, "city"),
        ({"city": "State", "state": None}, None),
        ({"city": "State", "state": "Region__c"}, None),
        # Without these there is no lead.
        ({"company_name": None}, "company_name"),
        ({"company_name": "Other__c"}, "company_name"),
        ({"company_name": "Company"}, None),
        ({"contact.last_name": None}, "contact.last_name"),
        ({"city": "Company"}, "city"),
        ({"city": "lastname"}, "city"),
        ({"contact.title": "LeadStream_Lead_Id__c"}, "contact.title"),
        ({"signals": "OwnerId"}, "signals"),
        ({"state": "StateCode"}, "state"),
        ({"country": "CountryCode"}, "country"),
        ({"city": "Id"}, "city"),
    ],
)
def test_what_salesforce_can_have_said_of_fields(fields: Any, blamed: str | None) -> None:
    if blamed is None:
        kept = salesforce.check_layout({"fields": fields})["fields"]
        assert kept == {o: n.strip() if n else n for o, n in fields.items()}
        return
    with pytest.raises(InvalidConnectionError) as caught:
        salesforce.check_layout({"fields": fields})

    assert caught.value.field == f"settings.fields.{blamed}"


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({"city": "town"}, None),
        ({"city": "Town"}, "city"),
        ({"city": "town-2"}, "city"),
        ({"city": "_town"}, "city"),
        ({"company_name": None}, "company_name"),
        ({"domain": None}, "domain"),
        ({"domain": "website"}, "domain"),
        ({"contact.email": None}, "contact.email"),
        ({"contact.email": "work_email"}, "contact.email"),
        ({"city": "name"}, "city"),
        ({"city": "domain"}, "city"),
        ({"city": "leadstream_lead_id"}, "city"),
        ({"city": "hubspot_owner_id"}, "city"),
        ({"city": "leadstream_top_signals"}, "city"),
        ({"city": "leadstream_top_signals", "signals": None}, "city"),
        ({"intent_score": "lead_score", "revenue": None}, None),
        # A company and a contact may both have a phone number.
        ({"city": "phone"}, None),
        ({"contact.title": "phone"}, "contact.title"),
        ({"contact.title": "firstname", "contact.first_name": None}, None),
    ],
)
def test_what_hubspot_can_have_said_of_fields(fields: Any, blamed: str | None) -> None:
    if blamed is None:
        assert hubspot.check_layout({"fields": fields})["fields"] == fields
        return
    with pytest.raises(InvalidConnectionError) as caught:
        hubspot.check_layout({"fields": fields})

    assert caught.value.field == f"settings.fields.{blamed}"


@pytest.mark.parametrize(
    ("settings", "blamed"),
    [
        ({"fields": ["city"]}, "settings.fields"),
        ({"profile": "banking"}, "settings.profile"),
        ({"profile": 5}, "settings.profile"),
        ({"contacts": "none"}, "settings.contacts"),
        ({"profile": "sales", "contacts": "business"}, "settings.contacts"),
        (HEALTH | {"contacts": "private"}, "settings.contacts"),
        ({"owner": "me@example.com"}, "settings.owner"),
        ({"owner": "0055e00000001AAA"}, "settings.owner"),
        ({"owner": 5}, "settings.owner"),
        # A lead's own id.
        ({"owner": "00Q5e0000000001AAA"}, "settings.owner"),
        ({"owner": USER, "assignment_rule": RULE}, "settings.assignment_rule"),
        ({"owner": USER, "assignment_rule": True}, "settings.assignment_rule"),
        ({"assignment_rule": USER}, "settings.assignment_rule"),
        ({"assignment_rule": "maybe"}, "settings.assignment_rule"),
        ({"assignment_rule": "TRUE\r\nX-Evil: 1"}, "settings.assignment_rule"),
        # What the profile holds back goes to no other field, either.
        (
            {"profile": "financial-services", "fields": {"revenue": "Revenue__c"}},
            "settings.fields.revenue",
        ),
        (HEALTH | {"fields": {"signals": "Signals__c"}}, "settings.fields.signals"),
        (HEALTH | {"fields": {"contact.email": "Mail__c"}}, "settings.fields.contact.email"),
        (
            HEALTH | {"contacts": "none", "fields": {"contact.title": "Role__c"}},
            "settings.fields.contact.title",
        ),
        (HEALTH | {"fields": {"city": "HealthCloudGA__City__c"}}, "settings.fields.city"),
    ],
)
def test_profiles_owners_and_rules_are_judged(settings: dict[str, Any], blamed: str) -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        salesforce.check_layout(settings)

    assert caught.value.field == blamed


@pytest.mark.parametrize("owner", ["me@example.com", "", "12 3", True, "0", -5, 1.5, "٣"])
def test_hubspots_owners_are_numbers(owner: Any) -> None:
    with pytest.raises(InvalidConnectionError) as caught:
        hubspot.check_layout({"owner": owner})

    assert caught.value.field == "settings.owner"


@pytest.mark.parametrize("owner", ["87524236", 87524236])
def test_an_owner_of_hubspot_may_be_written_as_a_number(owner: Any) -> None:
    assert hubspot.check_layout({"owner": owner}) == {"owner": owner}
    assert hubspot.layout_of({"owner": owner}).owner == "87524236"


@pytest.mark.parametrize(
    ("settings", "on_create", "on_update", "assigns"),
    [
        ({}, None, None, False),
        ({"owner": USER}, "FALSE", "FALSE", True),
        ({"assignment_rule": RULE}, RULE, "FALSE", True),
        ({"assignment_rule": "true"}, "TRUE", "FALSE", True),
        ({"assignment_rule": True}, "TRUE", "FALSE", True),
        ({"assignment_rule": False}, "FALSE", "FALSE", False),
    ],
)
def test_what_the_header_says(
    settings: dict[str, Any], on_create: str | None, on_update: str | None, assigns: bool
) -> None:
    assert salesforce.check_layout(settings) == settings
    layout = salesforce.layout_of(settings)

    assert (layout.on_create, layout.on_update, layout.assigns) == (on_create, on_update, assigns)


def test_a_lead_goes_out_under_the_names_that_are_said() -> None:
    fields = {"city": "Town__c", "domain": "Domain__c", "signals": None, "intent_score": "Heat__c"}

    row = row_of({"fields": fields})

    assert row["Town__c"] == "San Francisco"
    # The website's own field is for an address.
    assert row["Domain__c"] == "acme.com"
    assert row["Heat__c"] == "Hot"
    assert row.keys().isdisjoint({"City", "Website", "Description", "Rating"})


def test_only_fields_of_a_known_length_are_cut_before_they_are_sent() -> None:
    long = {"city": "x" * 90, "state": "CA"}

    row = row_of({"fields": {"city": "Town__c"}}, location=long)

    assert len(row["Town__c"]) == 90


def test_nothing_financial_goes_to_financial_services() -> None:
    row = row_of({"profile": "financial-services"})

    assert set(row_of({})) - set(row) == {"AnnualRevenue"}


@pytest.mark.parametrize(
    ("contacts", "person"),
    [
        ("none", {"LastName": "[Unknown]"}),
        ("names", {"LastName": "Smith", "FirstName": "John", "Title": "VP of Engineering"}),
        (None, {"LastName": "Smith", "FirstName": "John", "Title": "VP of Engineering"}),
        (
            "business",
            {
                "LastName": "Smith",
                "FirstName": "John",
                "Title": "VP of Engineering",
                "Email": "john@acme.com",
                "Phone": "+1 555",
            },
        ),
    ],
)
def test_health_cloud_gets_the_minimum_necessary(
    contacts: str | None, person: dict[str, str]
) -> None:
    john = JOHN | {"phone": "+1 555"}
    ann = {"full_name": "Ann Other", "email": "ann@acme.com"}
    settings = HEALTH | ({"contacts": contacts} if contacts else {})

    row = row_of(settings, contacts=[john, ann], primary_contact=None)

    assert {name: value for name, value in row.items() if name in PERSON} == person
    assert "Description" not in row
    assert "researching" not in str(row)
    assert "ann@acme.com" not in str(row)


PERSON = {"FirstName", "LastName", "Title", "Email", "Phone"}


def test_a_company_goes_out_under_the_names_that_are_said() -> None:
    fields = {
        "industry": "branch",
        "intent_score": "heat",
        "signals": None,
        "source": "found_by",
        "contact.title": "role",
    }

    company = company_of({"fields": fields})
    contact = contact_properties(a_lead().people[0], hubspot.layout_of({"fields": fields}))

    # Our own word; the list is that of HubSpot's own property.
    assert company["branch"] == "Technology"
    assert (company["heat"], company["found_by"]) == ("hot", "LeadStream")
    assert company.keys().isdisjoint(
        {"industry", "leadstream_intent_score", "leadstream_top_signals"}
    )
    assert contact["role"] == "VP of Engineering"
    assert "jobtitle" not in contact


def test_intent_in_a_property_of_the_accounts_own_is_the_accounts_to_change() -> None:
    layout = hubspot.layout_of({"fields": {"intent_score": "heat"}})
    match = Match("1", {"leadstream_lead_id": str(a_lead().id), "heat": "cold"})

    kept = company_update(a_parcel(), match, OnUpdate.FILL_GAPS, layout).fields
    ours = company_update(a_parcel(), match, OnUpdate.FILL_GAPS).fields

    assert "heat" not in kept
    assert ours["leadstream_intent_score"] == "hot"


def test_a_number_is_known_again_however_it_is_written() -> None:
    layout = hubspot.layout_of({"fields": {"revenue": "turnover"}})
    lead = a_lead()
    facts = company_facts(lead, layout)
    written = digests(lead.id, facts, numbers={"turnover"})
    match = Match("1", {"leadstream_lead_id": str(lead.id), "turnover": "1.0E7"})
    parcel = a_parcel(revenue=12)
    known = type(parcel)(
        lead=parcel.lead, key=parcel.key, asked_at=parcel.asked_at, written=written
    )

    fields = company_update(known, match, OnUpdate.FILL_GAPS, layout).fields

    assert fields["turnover"] == "12"


def mended(form: Form, fields: dict[str, Any], complaint: Complaint) -> dict[str, Any]:
    better = Draft(key="1", fields=fields).amended([complaint], form)
    assert better is not None
    return dict(better.fields)


def test_a_renamed_text_is_cut_to_what_salesforce_names() -> None:
    form = lead_form(salesforce.layout_of({"fields": {"city": "Town__c"}}))
    error = {
        "statusCode": "STRING_TOO_LONG",
        "message": "Town__c: data value too large: San Francisco (max length=8)",
        "fields": [],
    }
    (complaint,) = complaints_of([error])

    assert mended(form, {"Town__c": "San Francisco"}, complaint) == {"Town__c": "San"}


def test_a_renamed_address_is_whole_or_left_out() -> None:
    form = lead_form(salesforce.layout_of({"fields": {"contact.email": "Mail__c"}}))
    said = "data value too large: x (max length=8)"
    complaint = Complaint(field="Mail__c", code="STRING_TOO_LONG", message=said)

    assert mended(form, {"Mail__c": "john@acme.com", "City": "A"}, complaint) == {"City": "A"}


def test_places_become_codes_where_other_fields_are_renamed() -> None:
    form = lead_form(salesforce.layout_of({"fields": {"city": "Town__c"}}))
    fields = {"Town__c": "Austin", "State": "Texas", "Country": "United States"}
    complaint = Complaint(field="State", code="FIELD_INTEGRITY_EXCEPTION", message="a problem")

    assert mended(form, fields, complaint) == {
        "Town__c": "Austin",
        "StateCode": "TX",
        "CountryCode": "US",
    }


def test_no_code_is_written_where_the_country_goes_elsewhere() -> None:
    form = lead_form(salesforce.layout_of({"fields": {"country": "Land__c"}}))
    fields = {"Land__c": "Germany", "State": "Bavaria", "City": "Munich"}
    complaint = Complaint(field="State", code="FIELD_INTEGRITY_EXCEPTION", message="no country")

    assert mended(form, fields, complaint) == {"Land__c": "Germany", "City": "Munich"}


def test_hubspots_options_are_found_for_places_under_their_new_names() -> None:
    fields = {"state": "region", "country": "land"}
    form = company_form(hubspot.layout_of({"fields": fields}))
    said = "California was not one of the allowed options: [CA, NY]"
    complaint = Complaint(field="region", code="INVALID_OPTION", message=said)
    held = {"region": "California", "land": "United States"}

    assert mended(form, held, complaint)["region"] == "CA"


def test_a_renamed_phone_number_of_a_contact_is_never_cut() -> None:
    form = contact_form(hubspot.layout_of({"fields": {"contact.phone": "mobilephone"}}))
    said = "Property value is too long. Limit: 5"
    complaint = Complaint(field="mobilephone", code="VALUE_TOO_LONG", message=said)
    held = {"email": "a@b.co", "mobilephone": "+1 415 555 0100"}

    assert mended(form, held, complaint) == {"email": "a@b.co"}

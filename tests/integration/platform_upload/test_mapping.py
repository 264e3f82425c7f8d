"""Fields under the customer's own names, and leads for the customer's own people: `settings.fields`, `owner`, rules."""

from typing import Any
from uuid import UUID

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.people import Sales, lead_of, leads_of, record_of
from integration.platform_upload.test_on_update import revised
from unit.platform_upload.builders import JOHN

OTHER = UUID(int=5)
SAM, GONE = "0055e0000000001AAA", "0055e0000000002AAA"
QUEUE, CASES = "00G5e0000000001AAA", "00G5e0000000002AAA"
RULE, CASE_RULE = "01Q5e0000000001AAA", "01Q5e0000000003AAA"

FIELDS = [
    {"name": "Town__c", "length": 40},
    {"name": "Short__c", "length": 8},
    {"name": "Heat__c", "type": "picklist", "picklist": ["Hot", "Warm"], "restricted": True},
    {"name": "Colours__c", "type": "picklist", "picklist": ["red"], "restricted": True},
    {"name": "Loose__c", "type": "picklist", "picklist": ["red"]},
    {"name": "Size__c", "type": "int"},
    {"name": "Sum__c", "type": "currency", "createable": False, "updateable": False},
    {"name": "Once__c", "updateable": False},
    {"name": "Code__c", "unique": True},
    {"name": "Seen__c", "type": "datetime"},
]


def a_property(name: str, **changes: Any) -> dict[str, Any]:
    plain = {"name": name, "label": name, "groupName": "companyinformation"}
    return plain | {"type": "string", "fieldType": "text"} | changes


def a_list(name: str, *words: str) -> dict[str, Any]:
    options = [{"label": word, "value": word} for word in words]
    return a_property(name, type="enumeration", fieldType="select", options=options)


PROPERTIES = {
    "companies": [
        a_property("town"),
        a_property("turnover", type="number", fieldType="number"),
        a_list("heat", "hot", "warm", "cold"),
        a_list("colours", "red"),
        a_property("rank", readOnlyValue=True),
        a_property("code", hasUniqueValue=True),
    ],
    "contacts": [a_property("role", groupName="contactinformation")],
}


@pytest.fixture
async def bench(bench: Bench) -> Bench:
    owners = {SAM: "active", GONE: "inactive", QUEUE: "active", CASES: "no_leads"}
    rules = [{"id": RULE, "owner": QUEUE}, {"id": CASE_RULE, "owner": SAM, "kind": "Case"}]
    control = bench.sandbox.control
    await control.options("salesforce", custom_fields=FIELDS, owners=owners, assignment_rules=rules)
    await control.options(
        "hubspot", properties=PROPERTIES, owners={"51": "active", "52": "archived"}
    )
    return bench


@pytest.fixture
def sales(bench: Bench) -> Sales:
    return Sales(bench)


async def connect(
    bench: Bench, adapter: str, *, status: int = 201, **settings: Any
) -> dict[str, Any]:
    given = {**bench.body(adapter).get("settings", {}), **settings}
    return await bench.connect(adapter, settings=given, status=status)


async def company_of(bench: Bench) -> dict[str, Any]:
    return await record_of(bench, "companies")


async def test_mapped_fields_arrive_in_salesforce(bench: Bench) -> None:
    fields = {"city": "Town__c", "employee_count": "Size__c", "intent_score": "Heat__c"}
    made = await connect(bench, "salesforce", fields=fields | {"revenue": None})

    await bench.upload(an_upload())

    lead = await lead_of(bench)
    assert (lead["Town__c"], lead["Size__c"], lead["Heat__c"]) == ("San Francisco", 250, "Hot")
    assert lead.keys().isdisjoint({"City", "NumberOfEmployees", "Rating", "AnnualRevenue"})
    assert made["settings"]["fields"] == fields | {"revenue": None}
    assert bench.calls("salesforce", "upsert") == 1


async def test_mapped_fields_arrive_in_hubspot(bench: Bench) -> None:
    fields = {"city": "town", "revenue": "turnover", "intent_score": "heat", "signals": None}
    await connect(bench, "hubspot", fields=fields | {"contact.provider": "role", "state": None})

    await bench.upload(an_upload(primary_contact={**JOHN, "provider": "clay"}))

    company, contact = await company_of(bench), await record_of(bench, "contacts")
    assert (company["town"], company["turnover"]) == ("San Francisco", "10000000")
    assert company["heat"] == "hot"
    assert company.keys().isdisjoint({"city", "annualrevenue", "state"})
    # Nobody but who has a field for it is told by it where a person is from.
    assert (contact["role"], contact["jobtitle"]) == ("clay", "VP of Engineering")
    # What goes elsewhere, or nowhere, has no property of ours made for it.
    (portal,) = (await bench.sandbox.control.state("hubspot")).values()
    made = {each["name"] for each in portal["custom_properties"]["companies"]}
    assert {name for name in made if name.startswith("leadstream")} == {"leadstream_lead_id"}


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({"city": "Nowhere__c"}, "city"),
        # Another field may well be there.
        ({"city": "Town__c", "state": "Nowhere__c"}, "state"),
        # It is called otherwise.
        ({"city": "town__c"}, "city"),
        ({"revenue": "Sum__c"}, "revenue"),
        ({"city": "IsConverted"}, "city"),
        ({"city": "Once__c"}, "city"),
        ({"city": "Code__c"}, "city"),
        ({"city": "Size__c"}, "city"),
        ({"city": "Seen__c"}, "city"),
        ({"city": "Email", "contact.email": None}, "city"),
        ({"revenue": "Town__c"}, "revenue"),
        ({"intent_score": "Colours__c"}, "intent_score"),
        ({"city": "Colours__c"}, "city"),
        ({"contact.phone": "Website", "domain": None}, "contact.phone"),
    ],
)
async def test_a_mapping_that_salesforce_has_no_field_for_is_422_with_the_field(
    bench: Bench, fields: dict[str, Any], blamed: str
) -> None:
    answer = await connect(bench, "salesforce", fields=fields, status=422)

    assert answer["error"]["field"] == f"settings.fields.{blamed}"
    assert await bench.items("/connections") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"industry": "Colours__c", "city": "Loose__c"},
        {"contact.email": "Town__c", "domain": "Short__c"},
        {"state": "Street", "contact.phone": "MobilePhone"},
    ],
)
async def test_what_can_go_somewhere_is_saved(bench: Bench, fields: dict[str, Any]) -> None:
    made = await connect(bench, "salesforce", fields=fields)

    tested = await bench.post(f"/connections/{made['id']}/test")

    assert tested["ok"], tested


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({"city": "nowhere"}, "city"),
        ({"city": "rank"}, "city"),
        ({"city": "createdate"}, "city"),
        ({"city": "code"}, "city"),
        ({"city": "turnover"}, "city"),
        ({"intent_score": "colours"}, "intent_score"),
        ({"contact.title": "nowhere"}, "contact.title"),
        # A company's property is none of a contact's.
        ({"contact.title": "town"}, "contact.title"),
    ],
)
async def test_a_mapping_that_hubspot_has_no_property_for_is_422_with_the_field(
    bench: Bench, fields: dict[str, Any], blamed: str
) -> None:
    answer = await connect(bench, "hubspot", fields=fields, status=422)

    assert answer["error"]["field"] == f"settings.fields.{blamed}"
    assert await bench.items("/connections") == []


@pytest.mark.parametrize(
    ("adapter", "settings", "blamed"),
    [
        ("salesforce", {"owner": "0055e0000000009AAA"}, "settings.owner"),
        ("salesforce", {"owner": GONE}, "settings.owner"),
        ("salesforce", {"owner": CASES}, "settings.owner"),
        ("salesforce", {"assignment_rule": "01Q5e0000000009AAA"}, "settings.assignment_rule"),
        ("salesforce", {"assignment_rule": CASE_RULE}, "settings.assignment_rule"),
        ("salesforce", {"owner": SAM, "assignment_rule": RULE}, "settings.assignment_rule"),
        ("hubspot", {"owner": "99"}, "settings.owner"),
        ("hubspot", {"owner": "52"}, "settings.owner"),
        ("hubspot", {"owner": SAM}, "settings.owner"),
        ("hubspot", {"profile": "sales"}, "settings.profile"),
        ("hubspot", {"assignment_rule": RULE}, "settings.assignment_rule"),
    ],
)
async def test_nobody_who_could_get_the_leads_is_422(
    bench: Bench, adapter: str, settings: dict[str, Any], blamed: str
) -> None:
    answer = await connect(bench, adapter, status=422, **settings)

    assert answer["error"]["field"] == blamed
    assert await bench.items("/connections") == []


async def test_a_change_is_asked_about_too_and_leaves_what_was_there(bench: Bench) -> None:
    made = await connect(bench, "salesforce")
    settings = made["settings"] | {"fields": {"city": "Nowhere__c"}}

    answer = await bench.patch(f"/connections/{made['id']}", {"settings": settings}, status=422)
    await bench.upload(an_upload())

    assert answer["error"]["field"] == "settings.fields.city"
    assert await bench.items("/connections") == [made]
    # What was tried out has left nothing behind that leads go out by.
    assert (await lead_of(bench))["City"] == "San Francisco"


async def test_credentials_that_are_being_tried_out_are_not_used_for_leads(bench: Bench) -> None:
    made = await connect(bench, "salesforce")
    await bench.upload(an_upload(1))
    foreign = {"client_id": f"sandbox-{OTHER}", "client_secret": "sandbox-secret"}
    change = {
        "settings": made["settings"] | {"fields": {"city": "Nowhere__c"}},
        "credentials": foreign,
    }

    await bench.patch(f"/connections/{made['id']}", change, status=422)
    await bench.upload(an_upload(2))

    state = await bench.sandbox.control.state("salesforce")
    assert len(state[f"sandbox-{WORKSPACE}"]) == 2
    assert f"sandbox-{OTHER}" not in state or state[f"sandbox-{OTHER}"] == []


@pytest.mark.parametrize("adapter", ["salesforce", "hubspot"])
async def test_a_platform_that_says_nothing_is_no_reason_to_save_nothing(
    bench: Bench, adapter: str
) -> None:
    fields = {"city": "Nowhere__c" if adapter == "salesforce" else "nowhere"}
    await bench.sandbox.control.behave(adapter, errors={"status": 503})

    made = await connect(bench, adapter, fields=fields)
    await bench.sandbox.control.clear(adapter)
    tested = await bench.post(f"/connections/{made['id']}/test")

    # The test says it.
    assert (tested["ok"], tested["verdict"]) == (False, "configuration")
    assert "settings.fields.city" in tested["message"]


async def test_credentials_that_are_refused_are_saved_as_ever(bench: Bench) -> None:
    await bench.sandbox.control.options("hubspot", revoked=[f"sandbox-{WORKSPACE}"])

    made = await connect(bench, "hubspot", fields={"city": "nowhere"}, owner="99")

    assert made["settings"] == {"fields": {"city": "nowhere"}, "owner": "99"}
    # New ones are taken whatever the fields are: the old ones may be in the wrong hands.
    new = {"credentials": {"access_token": "sandbox-new"}}
    await bench.post(f"/connections/{made['id']}/rotate", new)


async def test_a_connection_whose_field_has_gone_can_still_be_paused(bench: Bench) -> None:
    made = await connect(bench, "salesforce", fields={"city": "Town__c"})
    await bench.sandbox.control.options("salesforce", hidden=["Town__c"])
    asked = bench.calls("salesforce", "describe")

    paused = await bench.patch(f"/connections/{made['id']}", {"status": "paused"})

    assert paused["status"] == "paused"
    assert bench.calls("salesforce", "describe") == asked


async def test_without_such_settings_the_platform_is_not_asked(bench: Bench) -> None:
    await connect(bench, "salesforce", profile="health-cloud", on_update="overwrite")
    await bench.connect("hubspot", platform="retail-platform")

    assert bench.sandbox.ledger.entries() == []


async def test_a_field_that_has_gone_costs_no_lead(bench: Bench) -> None:
    await connect(bench, "salesforce", fields={"city": "Town__c"})
    await bench.sandbox.control.options("salesforce", hidden=["Town__c"])

    await bench.upload(*uploads(3))

    assert await bench.statuses() == ["uploaded"] * 3
    (note,) = (await bench.items("/uploads"))[0]["adjustments"]
    assert (note["field"], note["action"]) == ("Town__c", "left_out")


async def test_a_text_that_is_too_long_for_its_new_field_is_cut(bench: Bench) -> None:
    await connect(bench, "salesforce", fields={"city": "Short__c", "domain": "Town__c"})

    await bench.upload(an_upload(domain=f"{'x' * 60}.com"))

    lead = await lead_of(bench)
    assert lead["Short__c"] == "San"
    # A part of an address is none.
    assert "Town__c" not in lead
    (upload,) = await bench.items("/uploads")
    assert {(a["field"], a["action"]) for a in upload["adjustments"]} == {
        ("Short__c", "mended"),
        ("Town__c", "left_out"),
    }


async def test_places_become_codes_although_other_fields_are_renamed(bench: Bench) -> None:
    await bench.sandbox.control.options("salesforce", state_country_picklists=True)
    await connect(bench, "salesforce", fields={"city": "Town__c"})

    await bench.upload(an_upload())

    lead = await lead_of(bench)
    assert (lead["StateCode"], lead["CountryCode"]) == ("CA", "US")
    assert lead["Town__c"] == "San Francisco"


async def test_b53_a_persons_edit_in_a_mapped_field_stays(bench: Bench, sales: Sales) -> None:
    await connect(bench, "salesforce", fields={"city": "Town__c", "employee_count": "Size__c"})
    await bench.upload(an_upload())
    await sales.edits_lead(Town__c="Oakland")

    await bench.upload(revised(location={"city": "Berkeley"}))

    lead = await lead_of(bench)
    assert (lead["Town__c"], lead["Size__c"]) == ("Oakland", 300)


async def test_b53_a_persons_edit_in_a_mapped_property_stays(bench: Bench, sales: Sales) -> None:
    fields = {"city": "town", "revenue": "turnover", "intent_score": "heat"}
    await connect(bench, "hubspot", fields=fields | {"contact.title": "role"})
    await bench.upload(an_upload(intent_score="warm"))
    await sales.edits("companies", await company_of(bench), town="Oakland", heat="cold")
    contact = await record_of(bench, "contacts")
    await sales.edits("contacts", contact, role="Boss")
    john = JOHN | {"title": "CEO"}

    await bench.upload(
        revised(location={"city": "Berkeley"}, revenue=12, contacts=[john], primary_contact=john)
    )

    company = await company_of(bench)
    assert (company["town"], company["heat"], company["turnover"]) == ("Oakland", "cold", "12")
    assert (await record_of(bench, "contacts"))["role"] == "Boss"


@pytest.mark.parametrize("owner", [SAM, QUEUE])
async def test_a_lead_gets_its_owner_when_it_is_made_and_never_again(
    bench: Bench, sales: Sales, owner: str
) -> None:
    """The org's active rule would give it to the queue, on updates too."""
    await connect(bench, "salesforce", owner=owner)
    await bench.upload(an_upload())
    made = (await lead_of(bench))["OwnerId"]
    other = SAM if owner == QUEUE else QUEUE
    await bench.sandbox.control.options("salesforce", assignment_rules=[])
    await sales.edits_lead(OwnerId=other)
    await bench.sandbox.control.options(
        "salesforce", assignment_rules=[{"id": RULE, "owner": owner}]
    )

    await bench.upload(revised())

    lead = await lead_of(bench)
    assert (made, lead["OwnerId"], lead["Company"]) == (owner, other, "Acme Incorporated")


async def test_a_lead_that_another_connection_has_made_keeps_its_owner(
    bench: Bench, sales: Sales
) -> None:
    await bench.sandbox.control.options("salesforce", assignment_rules=[])
    body = bench.body("salesforce")
    await bench.connect("salesforce", platform="finance-platform", settings=body["settings"])
    await bench.upload(an_upload(platform="finance-platform"))
    await sales.edits_lead(OwnerId=QUEUE, City="Oakland")
    await connect(bench, "salesforce", owner=SAM)

    await bench.upload(an_upload(platform="tech-platform"))

    lead = await lead_of(bench)
    assert (lead["OwnerId"], lead["City"]) == (QUEUE, "Oakland")


async def test_a_rule_assigns_what_is_made_and_nothing_else(bench: Bench, sales: Sales) -> None:
    await connect(bench, "salesforce", assignment_rule=RULE)
    await bench.upload(an_upload())
    made = (await lead_of(bench))["OwnerId"]
    await bench.sandbox.control.options("salesforce", assignment_rules=[])
    await sales.edits_lead(OwnerId=SAM)
    await bench.sandbox.control.options(
        "salesforce", assignment_rules=[{"id": RULE, "owner": QUEUE}]
    )

    # One that is there and one that is new, in one group.
    await bench.upload(revised(), an_upload(1))

    owners = {lead["Website"]: lead["OwnerId"] for lead in await leads_of(bench)}
    assert made == QUEUE
    assert owners == {"https://acme.com": SAM, "https://acme1.com": QUEUE}
    assert await bench.statuses() == ["uploaded"] * 3


@pytest.mark.parametrize(("said", "owner"), [("TRUE", QUEUE), ("FALSE", None), (False, None)])
async def test_the_active_rule_is_switched_on_and_off(
    bench: Bench, said: Any, owner: str | None
) -> None:
    await connect(bench, "salesforce", assignment_rule=said)

    await bench.upload(an_upload())

    assert (await lead_of(bench)).get("OwnerId") == owner


async def test_by_default_salesforce_does_as_it_is_set_up(bench: Bench) -> None:
    await connect(bench, "salesforce")

    await bench.upload(an_upload())

    assert (await lead_of(bench))["OwnerId"] == QUEUE
    (entry,) = bench.sandbox.ledger.entries(provider="salesforce", operation="upsert")
    assert "sforce-auto-assign" not in entry.headers


@pytest.mark.parametrize(
    ("settings", "then"),
    [
        ({"owner": SAM}, {"owners": {SAM: "inactive"}}),
        ({"owner": SAM}, {"owners": {SAM: None}}),
        ({"owner": QUEUE}, {"owners": {QUEUE: "no_leads"}}),
        ({"assignment_rule": RULE}, {"assignment_rules": []}),
    ],
)
async def test_an_owner_that_has_gone_holds_the_connection_and_costs_no_lead(
    bench: Bench, settings: dict[str, Any], then: dict[str, Any]
) -> None:
    """Without an owner the leads would be somebody's whom nobody has chosen."""
    await connect(bench, "salesforce", **settings)
    await bench.sandbox.control.options("salesforce", **then)

    await bench.upload(*uploads(2))

    rows = await bench.items("/uploads")
    assert [row["held_by"] for row in rows] == [["misconfigured"]] * 2
    assert f"settings.{next(iter(settings))}" in rows[0]["error"]
    assert bench.sandbox.ledger.effects("record") == []
    assert {job["attempts"] for job in await bench.replica.jobs()} == {0}


async def test_a_company_gets_its_owner_when_it_is_made_and_never_again(
    bench: Bench, sales: Sales
) -> None:
    await connect(bench, "hubspot", owner=51)
    await bench.upload(an_upload())
    made = (await company_of(bench))["hubspot_owner_id"]
    await bench.sandbox.control.options("hubspot", owners={"53": "active"})
    await sales.edits("companies", await company_of(bench), hubspot_owner_id="53")

    await bench.upload(revised(contacts=[JOHN], primary_contact=JOHN))

    company = await company_of(bench)
    assert (made, company["hubspot_owner_id"], company["name"]) == (
        "51",
        "53",
        "Acme Incorporated",
    )
    assert "hubspot_owner_id" not in await record_of(bench, "contacts")


@pytest.mark.parametrize("partial", [207, 400])
async def test_an_owner_who_has_left_hubspot_holds_the_connection(
    bench: Bench, partial: int
) -> None:
    await connect(bench, "hubspot", owner="51")
    await bench.sandbox.control.options(
        "hubspot", owners={"51": "archived"}, partial_status=partial
    )

    await bench.upload(*uploads(2))

    rows = await bench.items("/uploads")
    assert [row["held_by"] for row in rows] == [["misconfigured"]] * 2
    assert "settings.owner" in rows[0]["error"]
    assert bench.sandbox.ledger.effects("record") == []


async def test_what_may_not_be_looked_at_is_said_and_hinders_nothing(bench: Bench) -> None:
    await bench.sandbox.control.options("hubspot", owners_scope=False)
    await bench.sandbox.control.options("salesforce", unseen=["User"])
    await connect(bench, "hubspot", owner="51")
    hubspot = await bench.post(f"/connections/{id_of()}/test")
    await connect(bench, "salesforce", owner=SAM)
    salesforce = await bench.post(f"/connections/{id_of()}/test")

    assert (hubspot["ok"], salesforce["ok"]) == (True, True)
    assert "owners may not be looked at" in hubspot["message"]
    assert "owners may not be looked at" in salesforce["message"]


async def test_nothing_financial_goes_to_financial_services(bench: Bench) -> None:
    await connect(bench, "salesforce", profile="financial-services")

    await bench.upload(an_upload())

    lead = await lead_of(bench)
    assert "AnnualRevenue" not in lead
    assert (lead["Email"], lead["NumberOfEmployees"]) == ("john@acme.com", 250)


@pytest.mark.parametrize("contacts", [None, "none", "names", "business"])
async def test_health_cloud_gets_the_minimum_necessary(bench: Bench, contacts: str | None) -> None:
    more: dict[str, Any] = {"contacts": contacts} if contacts else {}
    await connect(bench, "salesforce", profile="health-cloud", **more)
    ann = {"full_name": "Ann Other", "email": "ann@acme.com"}

    people: dict[str, Any] = {"contacts": [JOHN, ann], "primary_contact": JOHN}

    await bench.upload(an_upload(**people), revised(**people))

    # All that ever went out, not just what is there now.
    sent = str([entry.body for entry in bench.sandbox.ledger.entries(operation="upsert")])
    assert "researching" not in sent
    assert "ann@acme.com" not in sent
    assert ("john@acme.com" in sent) == (contacts == "business")
    assert ("Smith" in sent) == (contacts != "none")
    assert (await lead_of(bench))["Rating"] == "Hot"


@pytest.mark.parametrize(
    ("adapter", "settings", "shown"),
    [
        (
            "salesforce",
            {"fields": {"city": "Town__c", "revenue": None}, "owner": SAM},
            {"Town__c": "San Francisco", "OwnerId": SAM},
        ),
        (
            "hubspot",
            {"fields": {"city": "town", "revenue": None}, "owner": "51"},
            {"town": "San Francisco", "hubspot_owner_id": "51"},
        ),
    ],
)
async def test_a_preview_shows_their_names_and_whose_it_would_be(
    bench: Bench, adapter: str, settings: dict[str, Any], shown: dict[str, str]
) -> None:
    made = await connect(bench, adapter, **settings)
    await bench.take(an_upload())

    body = {"lead_ids": [an_upload()["lead_id"]]}
    preview = await bench.post(f"/connections/{made['id']}/preview", body)

    (lead,) = preview["leads"]
    after = {each["field"]: each["after"] for each in lead["changes"]}
    assert shown.items() <= after.items()
    assert after.keys().isdisjoint({"City", "city", "AnnualRevenue", "annualrevenue"})
    assert bench.sandbox.ledger.effects("record") == []

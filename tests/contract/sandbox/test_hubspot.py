from typing import Any

import httpx
import pytest

from contract.sandbox.crm import (
    COMPANIES,
    CONTACTS,
    LEAD_ID,
    PROPERTIES,
    company_input,
    define,
    upsert_company,
)
from leadstream_dev.sandbox import Sandbox


@pytest.fixture
async def portal(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """A portal that knows the lead id."""
    await define(api, LEAD_ID)
    return api


async def test_an_upsert_creates_once(sandbox: Sandbox, portal: httpx.AsyncClient) -> None:
    first = (await upsert_company(portal, "lead-1", name="Acme", city="Oakland")).json()
    second = (await upsert_company(portal, "lead-1", name="Acme Corp")).json()

    assert (first["results"][0]["new"], second["results"][0]["new"]) == (True, False)
    assert first["results"][0]["id"] == second["results"][0]["id"]
    assert second["results"][0]["properties"]["name"] == "Acme Corp"
    assert second["results"][0]["properties"]["city"] == "Oakland"
    assert [len(ids) for ids in sandbox.ledger.crm_records("hubspot").values()] == [1]
    assert sandbox.ledger.crm_writes("hubspot") == {"lead-1": 2}


async def test_portals_are_apart(portal: httpx.AsyncClient) -> None:
    await upsert_company(portal, "lead-1")
    portal.headers["Authorization"] = "Bearer sandbox-other"
    await define(portal, LEAD_ID)

    assert (await upsert_company(portal, "lead-1")).json()["results"][0]["new"] is True


async def test_a_batch_holds_a_hundred(portal: httpx.AsyncClient) -> None:
    leads = [f"lead-{number}" for number in range(101)]

    assert (await upsert_company(portal, *leads[:100])).status_code == 200
    assert (await upsert_company(portal, *leads)).status_code == 400


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "no inputs"),
        ([{"idProperty": LEAD_ID, "properties": {}}], "[id]"),
        ([{"id": "lead-1", "properties": {}}], "[idProperty]"),
        ([{"idProperty": LEAD_ID, "id": "lead-1"}], "[properties]"),
        ([company_input("lead-1", colour="red")], 'Property "colour" does not exist'),
        ([{"idProperty": "hs_object_id", "id": "1", "properties": {}}], "non-unique 0-2"),
        ([{"idProperty": LEAD_ID, "id": "a", "properties": {"name": 5}}], "must be a string"),
        ([company_input("lead-1"), company_input("lead-1")], "Duplicate IDs"),
    ],
)
async def test_what_is_refused_as_a_whole(
    sandbox: Sandbox, portal: httpx.AsyncClient, inputs: list[Any], message: str
) -> None:
    answer = await portal.post(f"{COMPANIES}/batch/upsert", json={"inputs": inputs})

    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert message in answer.json()["message"]
    assert sandbox.ledger.effects("record") == []


@pytest.mark.parametrize(
    "wrong",
    [{"industry": "Technology"}, {"numberofemployees": "many"}, {"name": "x" * 65_537}],
)
async def test_an_invalid_item_does_not_hold_up_the_others(
    sandbox: Sandbox, portal: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    inputs = [company_input("lead-1", **wrong), company_input("lead-2", industry="RETAIL")]

    answer = await portal.post(f"{COMPANIES}/batch/upsert", json={"inputs": inputs})

    assert answer.status_code == 207
    assert answer.json()["numErrors"] == 1
    assert answer.json()["errors"][0]["context"]["objectWriteTraceId"] == ["lead-1"]
    assert [record["properties"][LEAD_ID] for record in answer.json()["results"]] == ["lead-2"]


@pytest.mark.parametrize(("status", "written"), [(200, 1), (207, 1), (400, 0)])
async def test_how_invalid_items_are_answered_can_be_chosen(
    sandbox: Sandbox, portal: httpx.AsyncClient, status: int, written: int
) -> None:
    await sandbox.control.options("hubspot", partial_status=status)
    inputs = [company_input("lead-1", annualrevenue="much"), company_input("lead-2")]

    answer = await portal.post(f"{COMPANIES}/batch/upsert", json={"inputs": inputs})

    assert answer.status_code == status
    assert len(sandbox.ledger.effects("record")) == written


async def test_an_existing_company_is_found_by_its_domain(portal: httpx.AsyncClient) -> None:
    existing = [{"properties": {"name": "Acme", "domain": "acme.com"}}]
    created = await portal.post(f"{COMPANIES}/batch/create", json={"inputs": existing})
    condition = {"propertyName": "domain", "operator": "IN", "values": ["acme.com", "b.com"]}
    asked = {"filterGroups": [{"filters": [condition]}], "properties": ["domain"], "limit": 100}

    found = (await portal.post(f"{COMPANIES}/search", json=asked)).json()
    record_id = found["results"][0]["id"]
    adopted = {"inputs": [{"id": record_id, "properties": {LEAD_ID: "lead-1"}}]}
    await portal.post(f"{COMPANIES}/batch/update", json=adopted)
    upserted = await upsert_company(portal, "lead-1", city="Oakland")
    read = {"inputs": [{"id": record_id}, {"id": "999"}], "properties": ["name", "city"]}
    held = (await portal.post(f"{COMPANIES}/batch/read", json=read)).json()

    assert created.status_code == 201
    assert found["total"] == 1
    assert (upserted.json()["results"][0]["id"], upserted.json()["results"][0]["new"]) == (
        record_id,
        False,
    )
    assert held["results"][0]["properties"] == {
        "name": "Acme",
        "city": "Oakland",
        "hs_object_id": record_id,
    }
    assert held["errors"][0]["category"] == "OBJECT_NOT_FOUND"


async def test_associations_need_both_ends(sandbox: Sandbox, portal: httpx.AsyncClient) -> None:
    company_id = (await upsert_company(portal, "lead-1")).json()["results"][0]["id"]
    one = {"idProperty": "email", "id": "a@b.co", "properties": {"firstname": "Ana"}}
    contact = await portal.post(f"{CONTACTS}/batch/upsert", json={"inputs": [one]})
    contact_id = contact.json()["results"][0]["id"]
    path = "/hubspot/crm/associations/2026-09/contacts/companies/batch/associate/default"
    inputs = [
        {"from": {"id": contact_id}, "to": {"id": company_id}},
        {"from": {"id": contact_id}, "to": {"id": "999"}},
    ]

    answer = await portal.post(path, json={"inputs": inputs})

    assert answer.status_code == 207
    assert [made["to"]["id"] for made in answer.json()["results"]] == [company_id]
    assert answer.json()["errors"][0]["context"]["toObjectId"] == ["999"]
    [held] = (await sandbox.control.state("hubspot")).values()
    assert held["associations"] == [
        {"from": f"contacts/{contact_id}", "to": f"companies/{company_id}"}
    ]


async def test_properties_are_created_once(api: httpx.AsyncClient) -> None:
    missing = await api.get(f"{PROPERTIES}/{LEAD_ID}")
    await define(api, LEAD_ID)
    definition = (await api.get(f"{PROPERTIES}/{LEAD_ID}")).json()
    again = await api.post(PROPERTIES, json=definition)
    batch = [definition, definition | {"name": "leadstream_top_signals", "hasUniqueValue": False}]
    both = await api.post(f"{PROPERTIES}/batch/create", json={"inputs": batch})

    assert missing.status_code == 404
    assert definition["hasUniqueValue"] is True
    assert again.status_code == 409
    assert both.status_code == 207
    assert [made["name"] for made in both.json()["results"]] == ["leadstream_top_signals"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Lead Id"},
        {"type": "text"},
        {"fieldType": "number"},
        {"groupName": "nothing"},
        {"label": ""},
        {"type": "enumeration", "fieldType": "select"},
    ],
)
async def test_wrong_definitions_are_refused(api: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    right = {
        "name": "a",
        "label": "A",
        "groupName": "companyinformation",
        "type": "string",
        "fieldType": "text",
    }

    assert (await api.post(PROPERTIES, json=right | wrong)).status_code == 400
    assert (await api.post(PROPERTIES, json=right)).status_code == 201


async def test_a_choice_holds_only_its_options(portal: httpx.AsyncClient) -> None:
    score = {
        "name": "leadstream_intent_score",
        "label": "Score",
        "groupName": "companyinformation",
        "type": "enumeration",
        "fieldType": "select",
        "options": [{"label": one, "value": one} for one in ("hot", "warm")],
    }
    await portal.post(PROPERTIES, json=score)

    right = await upsert_company(portal, "lead-1", leadstream_intent_score="hot")
    wrong = await upsert_company(portal, "lead-2", leadstream_intent_score="tepid")

    assert (right.status_code, wrong.status_code) == (200, 207)


async def test_contacts_are_unique_by_address(portal: httpx.AsyncClient) -> None:
    async def upsert(email: str) -> dict[str, Any]:
        one = {"idProperty": "email", "id": email, "properties": {"email": email}}
        answer = await portal.post(f"{CONTACTS}/batch/upsert", json={"inputs": [one]})
        found: dict[str, Any] = answer.json()
        return found

    first, second = await upsert("Ana@acme.com"), await upsert("ana@ACME.com")
    wrong = await upsert("nobody")

    assert first["results"][0]["id"] == second["results"][0]["id"]
    assert wrong["numErrors"] == 1


async def test_other_versions_and_objects_are_not_found(api: httpx.AsyncClient) -> None:
    for path in ("objects/v3/companies", "objects/2025-01/companies", "objects/2026-09/deals"):
        answer = await api.post(f"/hubspot/crm/{path}/batch/upsert", json={"inputs": []})
        assert answer.status_code == 404


async def _contact(api: httpx.AsyncClient, email: str) -> dict[str, Any]:
    one = {"idProperty": "email", "id": email, "properties": {"email": email}}
    answer = await api.post(f"{CONTACTS}/batch/upsert", json={"inputs": [one]})
    found: dict[str, Any] = answer.json()
    return found


async def _erase(api: httpx.AsyncClient, **body: str) -> httpx.Response:
    return await api.post(f"{CONTACTS}/gdpr-delete", json=body)


async def test_a_contact_that_is_deleted_for_good_is_gone_and_stays_out(
    sandbox: Sandbox, portal: httpx.AsyncClient
) -> None:
    company = (await upsert_company(portal, "lead-1")).json()["results"][0]["id"]
    contact = (await _contact(portal, "ada@acme.com"))["results"][0]["id"]
    link = {"inputs": [{"from": {"id": contact}, "to": {"id": company}}]}
    path = "/hubspot/crm/associations/2026-09/contacts/companies/batch/associate/default"
    await portal.post(path, json=link)

    erased = await _erase(portal, idProperty="email", objectId="Ada@Acme.com")
    again = await _erase(portal, idProperty="email", objectId="ada@acme.com")
    back = await _contact(portal, "ada@acme.com")

    assert (erased.status_code, erased.content, again.status_code) == (204, b"", 204)
    (held,) = (await sandbox.control.state("hubspot")).values()
    assert (held["records"]["contacts"], held["associations"]) == ([], [])
    assert [company["id"] for company in held["records"]["companies"]] == [company]
    assert back["numErrors"] == 1
    effects = [effect for _, effect in sandbox.ledger.effects("erased")]
    assert [effect["id"] for effect in effects] == [contact, None]


async def test_an_address_that_nobody_has_is_kept_out_too(portal: httpx.AsyncClient) -> None:
    erased = await _erase(portal, idProperty="email", objectId="ada@acme.com")

    assert erased.status_code == 204
    assert (await _contact(portal, "ada@acme.com"))["numErrors"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"objectId": "404404"}, 404),
        ({"objectId": "ada@acme.com", "idProperty": "phone"}, 400),
    ],
)
async def test_what_can_not_be_deleted_for_good_says_so(
    portal: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    assert (await _erase(portal, **body)).status_code == status

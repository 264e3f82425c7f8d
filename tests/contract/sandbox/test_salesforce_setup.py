"""What an org is set up like: fields of its own, owners, assignment rules."""

from typing import Any

import httpx
import pytest

from contract.sandbox.crm import LEADS, lead, sign_in, upsert_leads
from leadstream_dev.sandbox import Sandbox

DATA = "/salesforce/services/data/v67.0"
SAM, GONE = "0055e0000000001AAA", "0055e0000000002AAA"
QUEUE, CASES = "00G5e0000000001AAA", "00G5e0000000002AAA"
RULE, OTHER_RULE, CASE_RULE = "01Q5e0000000001AAA", "01Q5e0000000002AAA", "01Q5e0000000003AAA"
OWNERS = {SAM: "active", GONE: "inactive", QUEUE: "active", CASES: "no_leads"}
RULES = [
    {"id": RULE, "owner": QUEUE},
    {"id": OTHER_RULE, "owner": SAM, "active": False},
    {"id": CASE_RULE, "owner": SAM, "kind": "Case"},
]


@pytest.fixture
async def org(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.AsyncClient:
    fields = [
        {"name": "Region__c", "length": 10},
        {"name": "Heat__c", "type": "picklist", "picklist": ["Hot"], "restricted": True},
        {"name": "Size__c", "type": "int"},
        {"name": "Seen_On__c", "type": "date"},
        {"name": "Sum__c", "type": "currency", "createable": False, "updateable": False},
        {"name": "Once__c", "createable": True, "updateable": False},
        {"name": "Code__c", "unique": True},
    ]
    await sandbox.control.options("salesforce", custom_fields=fields, owners=OWNERS)
    assert (await sign_in(api)).status_code == 200
    return api


async def described(api: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    answer = await api.get(f"{DATA}/sobjects/Lead/describe")
    return {field["name"]: field for field in answer.json()["fields"]}


async def leads(sandbox: Sandbox) -> list[dict[str, Any]]:
    [found] = (await sandbox.control.state("salesforce")).values()
    return list(found)


async def test_a_description_says_what_rows_are_judged_by(
    sandbox: Sandbox, org: httpx.AsyncClient
) -> None:
    await sandbox.control.options(
        "salesforce", hidden=["Fax", "Title"], read_only=["Phone"], lengths={"City": 12}
    )

    fields = await described(org)

    heat = fields["Heat__c"]
    assert (heat["type"], heat["restrictedPicklist"]) == ("picklist", True)
    assert [each["value"] for each in heat["picklistValues"]] == ["Hot"]
    assert (fields["Sum__c"]["createable"], fields["Once__c"]["updateable"]) == (False, False)
    assert (fields["Phone"]["createable"], fields["City"]["length"]) == (False, 12)
    assert (fields["Code__c"]["unique"], fields["IsConverted"]["createable"]) == (True, False)
    assert "Title" not in fields
    assert fields["LeadStream_Lead_Id__c"]["externalId"] is True


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"Region__c": "x" * 11}, "STRING_TOO_LONG", ["Region__c"]),
        ({"Heat__c": "Warm"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Heat__c"]),
        ({"Sum__c": 5}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Sum__c"]),
        ({"CreatedDate": "2026-01-01"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
        ({"OwnerId": "me"}, "MALFORMED_ID", ["OwnerId"]),
        # It does not say which field.
        ({"OwnerId": "0055e0000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY", []),
        ({"OwnerId": GONE}, "INACTIVE_OWNER_OR_USER", []),
        ({"OwnerId": CASES}, "FIELD_INTEGRITY_EXCEPTION", ["OwnerId"]),
    ],
)
async def test_a_row_that_the_org_does_not_take(
    org: httpx.AsyncClient, fields: dict[str, Any], code: str, named: list[str]
) -> None:
    answer = await upsert_leads(org, lead("lead-1", **fields), lead("lead-2"))

    assert [row["success"] for row in answer.json()] == [False, True]
    (error,) = answer.json()[0]["errors"]
    assert (error["statusCode"], error["fields"]) == (code, named)


async def test_some_fields_are_written_once(org: httpx.AsyncClient) -> None:
    first = await upsert_leads(org, lead("lead-1", Once__c="a"))
    second = await upsert_leads(org, lead("lead-1", Once__c="b"))

    assert first.json()[0]["success"] is True
    assert second.json()[0]["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


async def test_unique_fields_are(org: httpx.AsyncClient) -> None:
    await upsert_leads(org, lead("lead-1", Code__c="a"))

    own = await upsert_leads(org, lead("lead-1", Code__c="a"))
    other = await upsert_leads(org, lead("lead-2", Code__c="a"))

    assert own.json()[0]["success"] is True
    assert other.json()[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"


@pytest.mark.parametrize("fields", [{"Size__c": "5"}, {"Seen_On__c": "soon"}, {"Region__c": 5}])
async def test_a_value_of_another_type_is_no_json_for_it(
    org: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    answer = await upsert_leads(org, lead("lead-1", **fields))

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def asked(name: str, kind: str, by: str, value: str) -> dict[str, str]:
    return {"q": " ".join(["SELECT", name, "FROM", kind, "WHERE", by, "=", f"'{value}'"])}


@pytest.mark.parametrize(
    ("name", "kind", "by", "value", "found"),
    [
        ("IsActive", "User", "Id", SAM, [True]),
        ("Id", "User", "Id", SAM[:15], [SAM[:15]]),
        ("IsActive", "User", "Id", GONE, [False]),
        ("Id", "User", "Id", QUEUE, []),
        ("SobjectType", "QueueSobject", "QueueId", QUEUE, ["Lead"]),
        ("SobjectType", "QueueSobject", "QueueId", CASES, ["Case"]),
        ("SobjectType", "AssignmentRule", "Id", RULE, ["Lead"]),
        ("SobjectType", "AssignmentRule", "Id", CASE_RULE, ["Case"]),
        ("Id", "AssignmentRule", "Id", "01Q5e0000000009AAA", []),
    ],
)
async def test_owners_and_rules_are_looked_up(  # noqa: PLR0913 - a question and its answer
    sandbox: Sandbox,
    org: httpx.AsyncClient,
    name: str,
    kind: str,
    by: str,
    value: str,
    found: list[Any],
) -> None:
    await sandbox.control.options("salesforce", assignment_rules=RULES)

    answer = (await org.get(f"{DATA}/query", params=asked(name, kind, by, value))).json()

    assert [each[name] for each in answer["records"]] == found


async def test_what_a_user_may_not_look_at_is_no_kind_of_record(
    sandbox: Sandbox, org: httpx.AsyncClient
) -> None:
    await sandbox.control.options("salesforce", unseen=["AssignmentRule"])

    answer = await org.get(f"{DATA}/query", params=asked("Id", "AssignmentRule", "Id", RULE))

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_TYPE")


@pytest.mark.parametrize(
    ("header", "made", "changed"),
    [
        # Without it the active rule runs, on updates too.
        (None, QUEUE, QUEUE),
        ("TRUE", QUEUE, QUEUE),
        ("true", QUEUE, QUEUE),
        ("FALSE", SAM, SAM),
        # One that is not active can be named; it runs on what is made only.
        (OTHER_RULE, SAM, SAM),
        (RULE, QUEUE, SAM),
        (RULE[:15], QUEUE, SAM),
    ],
)
async def test_whose_a_lead_is(
    sandbox: Sandbox, org: httpx.AsyncClient, header: str | None, made: str, changed: str
) -> None:
    await sandbox.control.options("salesforce", assignment_rules=RULES)
    said = {"Sforce-Auto-Assign": header} if header else {}

    async def upsert(lead_id: str, **fields: object) -> None:
        body = {"records": [lead(lead_id, **fields)]}
        assert (await org.patch(LEADS, json=body, headers=said)).json()[0]["success"]

    await upsert("lead-1", OwnerId=SAM)
    after_making = (await leads(sandbox))[0]["OwnerId"]
    await upsert("lead-1", OwnerId=SAM)
    after_changing = (await leads(sandbox))[0]["OwnerId"]

    assert (after_making, after_changing) == (made, changed)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("me", "MALFORMED_ID"),
        ("01Q5e0000000009AAA", "INVALID_CROSS_REFERENCE_KEY"),
        (CASE_RULE, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
async def test_a_rule_that_is_none_refuses_the_call(
    sandbox: Sandbox, org: httpx.AsyncClient, header: str, code: str
) -> None:
    await sandbox.control.options("salesforce", assignment_rules=RULES)
    body = {"records": [lead("lead-1")]}

    answer = await org.patch(LEADS, json=body, headers={"Sforce-Auto-Assign": header})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert sandbox.ledger.effects("record") == []

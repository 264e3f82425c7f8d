from typing import Any

import httpx
import pytest

from contract.sandbox.crm import LEADS, TOKEN, lead, sign_in, upsert_leads
from leadstream_dev.sandbox import Sandbox

ONE = "/salesforce/services/data/v67.0/sobjects/Lead/LeadStream_Lead_Id__c"


@pytest.fixture
async def org(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """A session on an org."""
    assert (await sign_in(api)).status_code == 200
    return api


async def test_the_token_leads_back_to_the_sandbox(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    answer = (await sign_in(api)).json()

    assert answer["instance_url"] == sandbox.salesforce_url
    assert "expires_in" not in answer
    [entry] = sandbox.ledger.entries(operation="token")
    assert entry.body["client_secret"] == "…cret"
    assert answer["access_token"] not in sandbox.ledger.path.read_text(encoding="utf-8")


async def test_an_upsert_creates_once(sandbox: Sandbox, org: httpx.AsyncClient) -> None:
    first = (await upsert_leads(org, lead("lead-1"), lead("lead-2"))).json()
    second = (await upsert_leads(org, lead("lead-2", Rating="Hot"))).json()

    assert [row["created"] for row in first + second] == [True, True, False]
    assert second[0]["id"] == first[1]["id"]
    assert len(first[0]["id"]) == 18
    assert [len(ids) for ids in sandbox.ledger.crm_records("salesforce").values()] == [1, 1]
    [leads] = (await sandbox.control.state("salesforce")).values()
    assert leads[1]["Rating"] == "Hot"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Company": ""}, "REQUIRED_FIELD_MISSING"),
        ({"LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"Company": "x" * 256}, "STRING_TOO_LONG"),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG"),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG"),
        ({"City": "x" * 41}, "STRING_TOO_LONG"),
        ({"Title": "x" * 129}, "STRING_TOO_LONG"),
        ({"Email": "nobody"}, "INVALID_EMAIL_ADDRESS"),
        ({"NumberOfEmployees": 100_000_000}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"LeadStream_Lead_Id__c": ""}, "MISSING_ARGUMENT"),
    ],
)
async def test_a_bad_row_does_not_hold_up_the_others(
    org: httpx.AsyncClient, fields: dict[str, Any], code: str
) -> None:
    answer = await upsert_leads(org, lead("lead-1", **fields), lead("lead-2"))

    assert answer.status_code == 200
    assert [row["success"] for row in answer.json()] == [False, True]
    assert answer.json()[0]["errors"][0]["statusCode"] == code


async def test_all_or_none_rolls_the_good_rows_back(
    sandbox: Sandbox, org: httpx.AsyncClient
) -> None:
    answer = await upsert_leads(org, lead("lead-1", Company=""), lead("lead-2"), allOrNone=True)

    codes = [row["errors"][0]["statusCode"] for row in answer.json()]
    assert codes == ["REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert sandbox.ledger.effects("record") == []


async def test_an_id_twice_in_one_call_is_refused_on_both_rows(org: httpx.AsyncClient) -> None:
    answer = await upsert_leads(org, lead("lead-1"), lead("LEAD-1"), lead("lead-2"))

    assert [row["success"] for row in answer.json()] == [False, False, True]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (lead("lead-1", Colour="red"), "INVALID_FIELD"),
        (lead("lead-1", Id="00Q000000000001"), "INVALID_FIELD"),
        (lead("lead-1", NumberOfEmployees="250"), "JSON_PARSER_ERROR"),
        (lead("lead-1", AnnualRevenue=True), "JSON_PARSER_ERROR"),
        (lead("lead-1", Company=5), "JSON_PARSER_ERROR"),
        (lead("lead-1", attributes={"type": "Account"}), "INVALID_TYPE"),
        (lead("lead-1", attributes=None), "INVALID_TYPE"),
    ],
)
async def test_what_is_refused_as_a_whole(
    sandbox: Sandbox, org: httpx.AsyncClient, row: dict[str, Any], code: str
) -> None:
    answer = await upsert_leads(org, lead("lead-2"), row)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert sandbox.ledger.effects("record") == []


async def test_a_call_holds_two_hundred_rows(org: httpx.AsyncClient) -> None:
    rows = [lead(f"lead-{number}") for number in range(201)]

    assert (await upsert_leads(org, *rows[:200])).status_code == 200
    too_many = await upsert_leads(org, *rows)

    assert too_many.status_code == 400
    assert too_many.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


async def test_an_unknown_external_id_field_is_refused(org: httpx.AsyncClient) -> None:
    answer = await org.patch(LEADS.replace("LeadStream", "Other"), json={"records": [lead("a")]})

    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"


async def test_duplicates_are_refused_unless_allowed(org: httpx.AsyncClient) -> None:
    await upsert_leads(org, lead("lead-1", Email="ana@acme.com"))

    refused = await upsert_leads(org, lead("lead-2", Email="Ana@acme.com"))
    own = await upsert_leads(org, lead("lead-1", Email="ana@acme.com"))
    org.headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    allowed = await upsert_leads(org, lead("lead-2", Email="ana@acme.com"))

    assert refused.json()[0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"
    assert own.json()[0]["success"] is True
    assert allowed.json()[0]["success"] is True


async def test_one_lead_by_its_external_id(org: httpx.AsyncClient) -> None:
    fields = {"Company": "Acme", "LastName": "Smith"}

    created = await org.patch(f"{ONE}/lead-1", json=fields)
    updated = await org.patch(f"{ONE}/lead-1", json={"Rating": "Warm"})
    refused = await org.patch(f"{ONE}/lead-2", json={"Company": "Acme"})
    read = await org.get(f"{ONE}/lead-1")

    assert (created.status_code, updated.status_code, refused.status_code) == (201, 200, 400)
    assert (read.json()["Company"], read.json()["Rating"]) == ("Acme", "Warm")


async def test_a_session_is_needed_and_ends(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    without = await upsert_leads(api, lead("lead-1"))
    await sign_in(api)
    with_one = await upsert_leads(api, lead("lead-1"))
    await sandbox.control.settings(clock_offset=7201)
    after = await upsert_leads(api, lead("lead-1"))
    await sign_in(api)
    again = await upsert_leads(api, lead("lead-1"))

    statuses = [answer.status_code for answer in (without, with_one, after, again)]
    assert statuses == [401, 200, 401, 200]
    assert after.json()[0]["errorCode"] == "INVALID_SESSION_ID"


async def test_a_revoked_client_gets_nothing(sandbox: Sandbox, org: httpx.AsyncClient) -> None:
    await sandbox.control.revoke("salesforce", "sandbox")

    assert (await upsert_leads(org, lead("lead-1"))).status_code == 401
    assert (await sign_in(org)).json()["error"] == "invalid_client_id"
    assert (await sign_in(org, "sandbox-other")).status_code == 200


async def test_only_client_credentials_are_granted(api: httpx.AsyncClient) -> None:
    for form in (
        {"grant_type": "password", "client_id": "sandbox", "client_secret": "sandbox"},
        {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "wrong"},
        {},
    ):
        answer = await api.post(TOKEN, data=form)
        assert answer.status_code == 400


async def test_calls_are_counted(org: httpx.AsyncClient) -> None:
    first = await upsert_leads(org, lead("lead-1"))
    second = await upsert_leads(org, lead("lead-1"))

    used = [answer.headers["Sforce-Limit-Info"] for answer in (first, second)]
    assert used == ["api-usage=1/100000", "api-usage=2/100000"]

import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from contract.sandbox.crm import LEADS, lead, sign_in, upsert_leads
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("salesforce")}


async def token(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await sign_in(api)


async def bad_client(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await sign_in(api, "nobody")


async def no_run_as_user(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("salesforce", run_as_user=False)
    return await sign_in(api)


async def collections(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    row = CASES["collections upsert"].request["body"]["records"][0]
    return await upsert_leads(api, row, lead("lead-2", Email=row["Email"]) | {"LastName": ""})


async def duplicate_value(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    return await upsert_leads(api, lead("lead-1"), lead("lead-1"))


async def converted(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    await upsert_leads(api, lead("lead-1"))
    await sandbox.control.options("salesforce", converted=["lead-1"])
    return await upsert_leads(api, lead("lead-1"))


async def required(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    return await upsert_leads(api, lead("lead-1", Company=" "))


async def picklist(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("salesforce", restricted_picklists={"Industry": ["Technology"]})
    await sign_in(api)
    return await upsert_leads(api, lead("lead-1", Industry="Alchemy"))


async def expired(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    await sandbox.control.expire_salesforce_sessions()
    return await upsert_leads(api, lead("lead-1"))


async def limit(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    await sandbox.control.behave("salesforce", quota_exhausted=True)
    return await upsert_leads(api, lead("lead-1"))


async def no_field(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("salesforce", external_ids=[])
    await sign_in(api)
    return await upsert_leads(api, lead("lead-1"))


async def not_found(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    return await api.patch(LEADS.replace("v67.0", "v12.0"), json={"records": [lead("lead-1")]})


async def busy(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    await sandbox.control.behave("salesforce", errors={"status": 503})
    return await upsert_leads(api, lead("lead-1"))


async def unknown(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in(api)
    await sandbox.control.behave("salesforce", errors={"status": 500})
    return await upsert_leads(api, lead("lead-1"))


def literal(name: str) -> Send:
    async def scripted(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        await sandbox.control.script("salesforce", "upsert", CASES[name].response)
        return await upsert_leads(api, lead("lead-1"))

    return scripted


SENDS: dict[str, Send] = {
    "token": token,
    "bad client": bad_client,
    "no run-as user": no_run_as_user,
    "collections upsert": collections,
    "item lock": literal("item lock"),
    "item duplicate external id": literal("item duplicate external id"),
    "item duplicate value": duplicate_value,
    "item converted": converted,
    "item required": required,
    "item picklist": picklist,
    "session expired": expired,
    "limit": limit,
    "no field": no_field,
    "external id ambiguous (single upsert)": literal("external id ambiguous (single upsert)"),
    "not found": not_found,
    "server busy": busy,
    "unknown": unknown,
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name])
    expected, found = CASES[name].response["body"], answer.json()
    if name.startswith("item "):
        assert found[0]["errors"][0]["statusCode"] == expected[0]["errors"][0]["statusCode"]
    elif isinstance(expected, list) and "errorCode" in expected[0]:
        assert found[0]["errorCode"] == expected[0]["errorCode"]
    elif "error" in expected:
        assert found["error"] == expected["error"]

import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from contract.sandbox.crm import COMPANIES, CONTACTS, LEAD_ID, define, upsert_company
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("hubspot")}
EXTRA = (
    ".results[0].properties.*",
    # What the property is called, besides the message.
    ".errors",
)


async def company(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await define(api, LEAD_ID, "leadstream_intent_score")
    request = CASES["company upsert"].request
    return await api.post(f"/hubspot{request['path']}", json=request["body"])


async def contact(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    request = CASES["contact upsert"].request
    return await api.post(f"/hubspot{request['path']}", json=request["body"])


async def associate(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    company_id = (await company(sandbox, api)).json()["results"][0]["id"]
    contact_id = (await contact(sandbox, api)).json()["results"][0]["id"]
    inputs = [{"from": {"id": contact_id}, "to": {"id": company_id}}]
    path = CASES["associate"].request["path"]
    return await api.post(f"/hubspot{path}", json={"inputs": inputs})


async def partial(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await define(api, LEAD_ID)
    return await upsert_company(api, "lead-1", numberofemployees="many")


async def by_domain(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    one = {"idProperty": "domain", "id": "acme.com", "properties": {}}
    return await api.post(f"{COMPANIES}/batch/upsert", json={"inputs": [one]})


async def undefined(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await upsert_company(api, "lead-1", name="Acme")


async def bad_token(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.get(f"{COMPANIES}/1", headers={"Authorization": "Bearer wrong"})


async def missing_scopes(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("hubspot", missing_scopes=["crm.objects.companies.write"])
    return await upsert_company(api, "lead-1")


async def burst(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("hubspot", rate_limit={"limit": 0, "window": 10})
    return await upsert_company(api, "lead-1")


async def daily(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("hubspot", quota_exhausted=True)
    return await upsert_company(api, "lead-1")


def failing(name: str) -> Send:
    async def failed(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        await sandbox.control.behave("hubspot", errors={"status": CASES[name].response["status"]})
        return await upsert_company(api, "lead-1")

    return failed


def literal(name: str) -> Send:
    async def scripted(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        response = CASES[name].response
        await sandbox.control.script("hubspot", None, response)
        return await upsert_company(api, "lead-1")

    return scripted


SENDS: dict[str, Send] = {
    "company upsert": company,
    "contact upsert": contact,
    "associate": associate,
    "partial": partial,
    "domain is not a unique property": by_domain,
    "property missing": undefined,
    "conflict": literal("conflict"),
    "bad token": bad_token,
    "missing scopes": missing_scopes,
    "burst": burst,
    "daily": daily,
    "locked": literal("locked"),
    "migration": literal("migration"),
    "bad gateway": failing("bad gateway"),
    "timeout": failing("timeout"),
    "cf": failing("cf"),
    "cf timeout": failing("cf timeout"),
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    # The daily answer's `requestId` is not always there: `burst` has none.
    expected = CASES[name].response["body"]
    if isinstance(expected, dict):
        expected.pop("requestId", None)
    assert_answers(answer, CASES[name], extra=EXTRA)
    for field in ("category", "policyName", "errorType"):
        if field in expected:
            assert answer.json()[field] == expected[field]


async def test_a_taken_address_is_a_conflict_that_names_the_holder(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    first = await contact(sandbox, api)
    inputs = [{"properties": {"email": "john@acme.com"}}]

    second = await api.post(f"{CONTACTS}/batch/create", json={"inputs": inputs})

    holder = first.json()["results"][0]["id"]
    assert second.json()["errors"][0]["category"] == "CONFLICT"
    assert second.json()["errors"][0]["message"].endswith(f"Existing ID: {holder}")

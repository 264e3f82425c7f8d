import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from contract.sandbox.crm import MARKETO_LEADS, MARKETO_TOKEN, sign_in_to_marketo, sync_leads
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("marketo")}
JANE: dict[str, object] = {"email": "jane@acme.com"}


async def token(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    query = CASES["token"].request["url"].partition("?")[2].replace("***", "sandbox")
    return await api.get(f"{MARKETO_TOKEN}?{query}")


async def bad_client(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await sign_in_to_marketo(api, "nobody")


async def sync(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    await sync_leads(api, JANE)
    for _ in range(2):
        await sync_leads(api, {"email": "two@acme.com"}, action="createDuplicate")
    body = CASES["sync"].request["body"]
    return await sync_leads(api, *body["input"], JANE, {"email": "two@acme.com"})


async def invalid_token(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await sync_leads(api, JANE)


async def expired(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    await sandbox.control.settings(clock_offset=3_601)
    return await sync_leads(api, JANE)


async def denied(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("marketo", may_write=False)
    await sign_in_to_marketo(api)
    return await sync_leads(api, JANE)


async def too_fast(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    for _ in range(100):
        await api.get("/marketo/rest/v1/leads/partitions.json")
    return await sync_leads(api, JANE)


async def quota(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("marketo", daily_quota=1)
    await sign_in_to_marketo(api)
    await sync_leads(api, JANE)
    return await sync_leads(api, JANE)


async def unavailable(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    await sandbox.control.behave("marketo", errors={"status": 503})
    return await sync_leads(api, JANE)


async def invalid_json(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    headers = {"content-type": "application/json"}
    return await api.post(MARKETO_LEADS, content=b'{"input": [', headers=headers)


async def not_found(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    return await api.post(MARKETO_LEADS.replace("leads", "prospects"), json={})


async def system_error(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    await sandbox.control.behave("marketo", errors={"status": 500})
    return await sync_leads(api, JANE)


async def one_at_once_too_many(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("marketo", at_once=0)
    await sign_in_to_marketo(api)
    return await sync_leads(api, JANE)


async def transient(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    await sandbox.control.behave("marketo", errors={"status": 504})
    return await sync_leads(api, JANE)


async def no_field(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    return await sync_leads(api, JANE | {"leadPipeScore": 5})


async def too_large(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sign_in_to_marketo(api)
    return await sync_leads(api, JANE | {"company": "x" * 1_000_000})


def literal(name: str) -> Send:
    async def scripted(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        await sign_in_to_marketo(api)
        await sandbox.control.script("marketo", "sync", CASES[name].response)
        return await sync_leads(api, JANE)

    return scripted


SENDS: dict[str, Send] = {
    "token": token,
    "sync": sync,
    "code 601": invalid_token,
    "code 602": expired,
    "code 603": denied,
    "code 604": literal("code 604"),
    "code 606": too_fast,
    "code 607": quota,
    "code 608": unavailable,
    "code 609": invalid_json,
    "code 610": not_found,
    "code 611": system_error,
    "code 614": literal("code 614"),
    "code 615": one_at_once_too_many,
    "code 713": transient,
    "code 1006": no_field,
    "413": too_large,
    "identity 401": bad_client,
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name])
    expected = CASES[name].response["body"]
    if name == "sync":
        results = answer.json()["result"]
        assert [each["status"] for each in results] == [
            each["status"] for each in expected["result"]
        ]
        assert results[2] == expected["result"][2]
    elif "errors" in expected:
        assert answer.json()["errors"] == expected["errors"]
    elif "error" in expected:
        assert answer.json() == expected

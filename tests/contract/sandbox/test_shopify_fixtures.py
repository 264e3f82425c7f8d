from typing import Any

import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from contract.sandbox.shop import CREATE, ask
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("shopify")}
COMPANY: dict[str, Any] = CASES["create"].request["body"]["variables"]["input"]
# What the fixture leaves out of an answer that has it, and what is only in some.
BESIDE = (
    ".extensions",
    ".data",
    ".errors[0].locations",
    ".errors[0].path",
    ".data.companyCreate.company.mainContact",
)


async def fixed(sandbox: Sandbox, api: httpx.AsyncClient, name: str) -> httpx.Response:
    """The fixture's own request."""
    body = CASES[name].request["body"]
    return await ask(api, body["query"], **body["variables"])


async def find(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await fixed(sandbox, api, "find")


async def create(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await fixed(sandbox, api, "create")


async def already_there(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    company = {"company": COMPANY["company"]}
    await ask(api, CREATE, input=company)
    return await ask(api, CREATE, input=company)


async def invalid(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await ask(api, CREATE, input=COMPANY | {"companyContact": {"email": "nobody"}})


async def internal(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    rule = {"field": "company.name", "code": "INTERNAL_ERROR", "message": "x", "named": False}
    await sandbox.control.options("shopify", rules=[rule])
    return await create(sandbox, api)


async def throttled(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("shopify", bucket=5)
    return await create(sandbox, api)


async def denied(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("shopify", b2b=False)
    return await create(sandbox, api)


async def bad_token(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    api.headers["X-Shopify-Access-Token"] = "nobody"
    return await create(sandbox, api)


def failing(status: int) -> Send:
    async def failed(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        await sandbox.control.behave("shopify", "graphql", errors={"status": status})
        return await create(sandbox, api)

    return failed


SENDS: dict[str, Send] = {
    "find": find,
    "create": create,
    "already there": already_there,
    "invalid": invalid,
    "internal user error": internal,
    "throttled": throttled,
    "not Plus / scope": denied,
    "bad token": bad_token,
    "frozen shop": failing(402),
    "locked": failing(423),
    "fault": failing(503),
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name], extra=BESIDE)
    expected = CASES[name].response["body"]
    if name == "find":
        assert answer.json()["extensions"]["cost"] == expected["extensions"]["cost"]
    if isinstance(expected, dict) and isinstance(expected.get("errors"), list):
        assert _code(answer.json()) == _code(expected)
    if "data" in expected and "companyCreate" in expected["data"]:
        assert _user_errors(answer.json()) == _user_errors(expected)


def _code(body: dict[str, Any]) -> str:
    return str(body["errors"][0]["extensions"]["code"])


def _user_errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    payload = body["data"]["companyCreate"] or {}
    found: list[dict[str, Any]] = payload.get("userErrors", [])
    return found

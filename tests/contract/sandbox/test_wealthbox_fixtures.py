from typing import Any

import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("wealthbox")}
PREFIX = "/wealthbox/v1"
CONTACTS = f"{PREFIX}/contacts"
KEY = {"ACCESS_TOKEN": "sandbox"}
# The fixture shows of a contact what matters.
MORE = tuple(
    f".{name}"
    for name in (
        *("creator", "created_at", "updated_at", "status", "name", "first_name", "middle_name"),
        *("last_name", "job_title", "company_name", "contact_type", "contact_source", "tags"),
        *("background_information", "external_unique_id", "type", "email_addresses"),
        *("phone_numbers", "websites", "street_addresses"),
    )
)


async def ask(api: httpx.AsyncClient, name: str, body: Any = None) -> httpx.Response:
    """The case's own request."""
    request = CASES[name].request
    return await api.request(
        request["method"], f"{PREFIX}{request['path']}", json=request.get("body"), headers=KEY
    )


async def find(api: httpx.AsyncClient) -> httpx.Response:
    return await api.get(CONTACTS, headers=KEY)


def own(name: str) -> Send:
    async def send(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        return await ask(api, name)

    return send


async def update(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await ask(api, "create org")
    return await api.put(f"{CONTACTS}/1", json={"name": "Acme"}, headers=KEY)


async def bad_token(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.get(CONTACTS, headers={"ACCESS_TOKEN": "nobody"})


async def invalid(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(CONTACTS, json={"type": "Organization", "name": ""}, headers=KEY)


async def rate(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("wealthbox", limit=1)
    await find(api)
    return await find(api)


async def fault(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("wealthbox", errors={"status": 500})
    return await find(api)


SENDS: dict[str, Send] = {
    "find none": own("find none"),
    "create org": own("create org"),
    "create person": own("create person"),
    "update": update,
    "bad token": bad_token,
    "invalid": invalid,
    "rate": rate,
    "fault": fault,
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name], extra=MORE)
    expected = CASES[name].response["body"]
    if name in ("bad token", "rate"):
        assert answer.json() == expected
    if name.startswith("create"):
        assert answer.json()["external_unique_id"] == expected["external_unique_id"]

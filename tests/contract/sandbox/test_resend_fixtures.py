import asyncio

import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

CASES: dict[str, Case] = {case.name: case for case in cases("resend")}
SENT = CASES["sent"].request
EMAIL = SENT["body"]
WITHOUT_TO = {key: value for key, value in EMAIL.items() if key != "to"}


async def send(api: httpx.AsyncClient, key: str | None = None, **changes: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return await api.post("/resend/emails", json=EMAIL | changes, headers=headers)


async def sent(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await send(api, SENT["headers"]["Idempotency-Key"])


async def batch(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/resend/emails/batch", json=[EMAIL, EMAIL])


async def permissive_batch(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    headers = {"x-batch-validation": "permissive"}
    emails = [EMAIL, EMAIL | {"to": "nobody"}]
    return await api.post("/resend/emails/batch", json=emails, headers=headers)


async def long_key(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await send(api, "k" * 257)


async def invalid(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await send(api, to=["nobody"])


async def missing(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/resend/emails", json=WITHOUT_TO)


async def bad_sender(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await send(api, **{"from": "nobody"})


async def no_key(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/resend/emails", json=EMAIL, headers={"Authorization": ""})


async def restricted(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("resend", sending_only=["sandbox"])
    return await api.get("/resend/emails/49a3999c-0ce1-4ea6-ab68-afcd6dc2e794")


async def bad_key(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/resend/emails", json=EMAIL, headers={"Authorization": "Bearer re_x"})


async def unverified(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("resend", verified_domains=["acme.example"])
    return await send(api)


async def reused(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await send(api, "k")
    return await send(api, "k", subject="Another")


async def concurrent(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.script("resend", "send", {"action": "pass", "delay": 3})
    first = asyncio.create_task(send(api, "k"))

    async def is_under_way() -> bool:
        return [script["left"] for script in await sandbox.control.scripts()] == [0]

    await eventually(is_under_way, "the first call has not arrived")
    second = await send(api, "k")
    assert (await first).status_code == 200
    return second


async def too_fast(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("resend", rate_limit={"limit": 1, "window": 60})
    await send(api)
    return await send(api)


async def daily(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("resend", quota_exhausted=True)
    return await send(api)


async def monthly(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("resend", quota_exhausted="monthly")
    return await send(api)


async def legal(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("resend", errors={"status": 451})
    return await send(api)


async def server_error(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("resend", errors={"status": 500})
    return await send(api)


def literal(name: str) -> Send:
    """What the sandbox has no reason of its own to say, said by script."""

    async def scripted(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        response = CASES[name].response
        step = {"status": response["status"], "body": response["body"]}
        await sandbox.control.script("resend", "send", step)
        return await send(api)

    return scripted


SENDS: dict[str, Send] = {
    "sent": sent,
    "batch strict ok": batch,
    "batch permissive partial": permissive_batch,
    "idempotency key too long": long_key,
    "validation": invalid,
    "missing field": missing,
    "bad from": bad_sender,
    "no key": no_key,
    "restricted key": restricted,
    "bad key": bad_key,
    "unverified domain": unverified,
    "key reused with different body": reused,
    "original still running": concurrent,
    "too fast": too_fast,
    "daily quota": daily,
    "monthly quota": monthly,
    "legal": legal,
    "app error": literal("app error"),
    "server error": server_error,
    "cdn html": literal("cdn html"),
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name])
    body = CASES[name].response["body"]
    if "name" in body:
        assert answer.json()["name"] == body["name"]
        assert answer.json()["statusCode"] == answer.status_code

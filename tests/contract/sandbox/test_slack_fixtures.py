import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from leadstream_dev.sandbox import Sandbox

# The Web API (`api …`) is not what Leadstream posts to.
CASES: dict[str, Case] = {
    case.name: case for case in cases("slack") if not case.name.startswith("api ")
}
MESSAGE = CASES["webhook ok"].request["body"]


async def post(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(sandbox.slack_url(), json=MESSAGE)


async def garbage(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(sandbox.slack_url(), content=b"{")


async def bad_blocks(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    return await api.post(sandbox.slack_url(), json={"text": "x", "blocks": blocks})


async def no_text(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(sandbox.slack_url(), json={"text": ""})


async def removed(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.revoke("slack", "T000/B000/XXXX")
    return await post(sandbox, api)


async def rate_limited(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("slack", rate_limit={"limit": 0, "retry_after": "30"})
    return await post(sandbox, api)


async def fault(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("slack", errors={"status": 500})
    return await post(sandbox, api)


async def revoked(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("slack", revoked=True)
    return await post(sandbox, api)


def refusing(name: str) -> Send:
    async def refused(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
        response = CASES[name].response
        errors = {"status": response["status"], "body": response["body"]}
        match = {"slack_path": "T000/B000/XXXX"}
        await sandbox.control.behave("slack", match=match, errors=errors)
        return await post(sandbox, api)

    return refused


SENDS: dict[str, Send] = {
    "webhook ok": post,
    "bad payload": garbage,
    "bad blocks": bad_blocks,
    "no text": no_text,
    "webhook removed": removed,
    "rate limited": rate_limited,
    "slack fault": fault,
    "token (403 form)": revoked,
} | {
    name: refusing(name)
    for name in (
        "user gone",
        "token (400 form)",
        "prohibited",
        "team gone",
        "channel gone",
        "archived",
    )
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name])
    assert answer.headers["content-type"].startswith("text/html")

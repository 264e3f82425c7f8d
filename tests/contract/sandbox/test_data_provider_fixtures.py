from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
import pytest

from contract.sandbox.cases import Case, assert_answers, cases
from leadstream_dev.sandbox import Sandbox

SEARCH, ENRICH, VERIFY = "search", "enrich", "verify"
PREFIX = {SEARCH: "/datashopper/v1", ENRICH: "/clay/v1", VERIFY: "/clay/v1"}
EXTRA = {
    SEARCH: (".results[0].*",),
    ENRICH: (".contacts[0].*", ".company_info.*"),
}


@pytest.mark.parametrize("name", [SEARCH, ENRICH, VERIFY])
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    await sandbox.control.settings(odd=False, day="2026-11-23")
    await sandbox.control.verdict("john@acme.com", "valid")
    expected = CASES[name]
    url = urlsplit(expected.request["path"])

    answer = await api.request(
        expected.request["method"],
        f"{PREFIX[name]}{url.path}?{url.query}",
        json=expected.request.get("body"),
    )

    assert_answers(answer, expected, extra=EXTRA.get(name, ()))


async def exhausted(sandbox: Sandbox) -> None:
    await sandbox.control.behave("clay", quota_exhausted=True)


async def limited(sandbox: Sandbox) -> None:
    await sandbox.control.behave("clay", rate_limit={"limit": 0, "retry_after": "3"})


async def failing(sandbox: Sandbox) -> None:
    await sandbox.control.behave("clay", errors={"status": 500, "body": "<html>"})


TROUBLES: dict[str, Callable[[Sandbox], Awaitable[None]]] = {
    "402": exhausted,
    "429": limited,
    "500 html": failing,
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_fails_as_in_the_fixture(sandbox: Sandbox, api: httpx.AsyncClient, name: str) -> None:
    await TROUBLES[name](sandbox)

    answer = await api.post("/clay/v1/verification/email", json={"email": "john@acme.com"})

    assert_answers(answer, CASES[name])
    assert answer.headers.get("Retry-After") == CASES[name].response["headers"].get("Retry-After")


def test_every_case_is_covered() -> None:
    assert {SEARCH, ENRICH, VERIFY, *TROUBLES} == set(CASES)


CASES: dict[str, Case] = {case.name: case for case in cases("seed_data_providers")}

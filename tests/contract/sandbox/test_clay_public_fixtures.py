from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from contract.sandbox.cases import Case, assert_answers, cases
from contract.sandbox.clay import PREFIX, SMITH, a_run, search_for
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("clay_public_v0")}
Asked = Callable[[Sandbox, httpx.AsyncClient], Awaitable[httpx.Response]]


async def create_search(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    return await as_in("create search", clay)


async def page(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("clay_public_v0", companies={"acme.com": [SMITH]})
    search_id = await search_for(clay, "acme.com")
    return await as_in("page", clay, path=f"/search/filters-mode/{search_id}/run")


async def run_routine(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    return await as_in("run routine", clay)


async def busy(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("clay_public_v0", run_seconds=3600)
    return await results(clay)


async def done(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("clay_public_v0", companies={"acme.com": [SMITH]})
    return await results(clay)


async def item_failed(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("clay_public_v0", companies={"acme.com": []})
    return await results(clay)


async def invalid(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    return await clay.post(f"{PREFIX}/search/filters-mode", json={"source_type": "people"})


async def unknown_key(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    return await clay.get(f"{PREFIX}/me", headers={"clay-api-key": "nobody's"})


async def over_the_cap(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("clay_public_v0", per_search=0)
    search_id = await search_for(clay, "acme.com")
    return await clay.post(f"{PREFIX}/search/filters-mode/{search_id}/run", json={"limit": 5})


async def forbidden(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("clay_public_v0", errors={"status": 403})
    return await clay.get(f"{PREFIX}/me")


async def no_routine(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    return await clay.post(f"{PREFIX}/routines/function:t_gone/run", json=a_run())


async def too_large(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("clay_public_v0", largest_page=2)
    search_id = await search_for(clay, "acme.com")
    return await clay.post(f"{PREFIX}/search/filters-mode/{search_id}/run", json={"limit": 5})


async def too_fast(sandbox: Sandbox, clay: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("clay_public_v0", rate_limit={"limit": 0, "retry_after": "10"})
    return await clay.get(f"{PREFIX}/me")


async def results(clay: httpx.AsyncClient) -> httpx.Response:
    started = await as_in("run routine", clay)
    return await clay.get(f"{PREFIX}/routines/run/{started.json()['routine_run_id']}/results")


async def as_in(name: str, clay: httpx.AsyncClient, path: str | None = None) -> httpx.Response:
    """Send what the fixture's case sends."""
    request: dict[str, Any] = CASES[name].request
    return await clay.request(
        request["method"], PREFIX + (path or request["path"]), json=request["body"]
    )


ASKED: dict[str, Asked] = {
    "create search": create_search,
    "page": page,
    "run routine": run_routine,
    "poll busy": busy,
    "poll done": done,
    "poll item failed": item_failed,
    "400": invalid,
    "401": unknown_key,
    "402": over_the_cap,
    "403": forbidden,
    "404": no_routine,
    "413": too_large,
    "429": too_fast,
}


@pytest.mark.parametrize("name", ASKED)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, clay: httpx.AsyncClient, name: str
) -> None:
    answer = await ASKED[name](sandbox, clay)

    assert_answers(answer, CASES[name])


def test_every_case_is_covered() -> None:
    # The retired API is another's URL: the compat adapter's business.
    assert {*ASKED, "retired v1"} == set(CASES)

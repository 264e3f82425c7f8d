import hashlib
import hmac
from typing import Any

import httpx
import pytest

from contract.sandbox.clay import PREFIX, ROUTINE, SMITH, a_run, next_page, search_for
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

NAME = "clay_public_v0"
SECRET = "whsec_sandbox"


async def test_a_page_that_was_lost_is_not_told_again(
    sandbox: Sandbox, clay: httpx.AsyncClient
) -> None:
    people = [SMITH | {"name": f"Person {number}"} for number in range(3)]
    await sandbox.control.options(NAME, companies={"acme.com": people})
    await sandbox.control.script(NAME, "run_search", {"action": "lose"})
    search_id = await search_for(clay, "acme.com")

    with pytest.raises(httpx.RemoteProtocolError):
        await next_page(clay, search_id, 2)
    rest = await next_page(clay, search_id, 2)
    anew = await next_page(clay, await search_for(clay, "acme.com"), 2)

    assert [one["name"] for one in rest["data"]] == ["Person 2"]
    assert [one["name"] for one in anew["data"]] == ["Person 0", "Person 1"]
    assert (rest["has_more"], anew["has_more"]) == (False, True)
    # Each page counts, heard or not.
    assert anew["period_quota"]["used"] == 5


async def test_only_the_filters_that_there_are_can_be_used(
    sandbox: Sandbox, clay: httpx.AsyncClient
) -> None:
    await sandbox.control.options(NAME, filters=[{"name": "employer"}])

    fields = await clay.get(f"{PREFIX}/search/filters-mode/fields?source_type=people")
    refused = await clay.post(
        f"{PREFIX}/search/filters-mode",
        json={"source_type": "people", "filters": {"company_identifier": ["acme.com"]}},
    )

    assert [field["name"] for field in fields.json()["fields"]] == ["employer"]
    assert refused.status_code == 400
    assert refused.json() == {
        "message": "Validation failed: filters.company_identifier: unknown filter"
    }


async def test_a_run_is_paid_for_each_time_it_is_started(
    sandbox: Sandbox, clay: httpx.AsyncClient
) -> None:
    await sandbox.control.script(NAME, "run_routine", {"action": "lose"})

    with pytest.raises(httpx.RemoteProtocolError):
        await clay.post(PREFIX + ROUTINE, json=a_run())
    await clay.post(PREFIX + ROUTINE, json=a_run())

    assert sandbox.ledger.credits(NAME) == {"acme.com": 2}


REFUSED: dict[str, dict[str, Any]] = {
    "no items": {"items": []},
    "too many items": a_run(*({"id": str(n), "inputs": {}} for n in range(101))),
    "a long id": a_run({"id": "x" * 65, "inputs": {"name": "A", "domain": "acme.com"}}),
    "an id twice": a_run(*({"id": "1", "inputs": {"name": "A", "domain": "b.com"}},) * 2),
    "an input missing": a_run({"id": "1", "inputs": {"name": "A"}}),
    "an input too many": a_run({"id": "1", "inputs": {"name": "A", "domain": "b.com", "x": 1}}),
    "an unknown webhook": a_run(webhook_id="wh_none"),
    "an unknown field": a_run(callback="https://example.org"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_in_the_contract_is_refused_and_costs_nothing(
    sandbox: Sandbox, clay: httpx.AsyncClient, name: str
) -> None:
    answer = await clay.post(PREFIX + ROUTINE, json=REFUSED[name])

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Validation failed")
    assert sandbox.ledger.credits(NAME) == {}


@pytest.mark.parametrize("key", ["", "nobody", "sandbox-clay", "sandbox-hunter", "re_sandbox"])
async def test_only_a_key_of_its_own_is_accepted(clay: httpx.AsyncClient, key: str) -> None:
    answer = await clay.get(f"{PREFIX}/me", headers={"clay-api-key": key})

    assert (answer.status_code, answer.json()) == (401, {"message": "Authentication failed"})


async def test_results_come_in_pages(sandbox: Sandbox, clay: httpx.AsyncClient) -> None:
    await sandbox.control.options(NAME, results=2)
    items = [{"id": str(n), "inputs": {"name": "A", "domain": "b.com"}} for n in range(3)]
    started = await clay.post(PREFIX + ROUTINE, json=a_run(*items))
    results = f"{PREFIX}/routines/run/{started.json()['routine_run_id']}/results"

    first = (await clay.get(results)).json()
    second = (await clay.get(results, params={"cursor": first["cursor"]})).json()

    assert [row["id"] for row in first["data"] + second["data"]] == ["0", "1", "2"]
    assert "cursor" not in second


async def test_of_some_companies_nobody_is_known(sandbox: Sandbox, clay: httpx.AsyncClient) -> None:
    await sandbox.control.options(NAME, knows=0.5)
    pages = [
        await next_page(clay, await search_for(clay, f"company-{n}.com"), 5) for n in range(40)
    ]

    known = sum(bool(page["data"]) for page in pages)
    # Some that it knows have nobody with a title of interest.
    assert 8 <= known <= 28


async def test_it_tells_that_a_run_is_done(sandbox: Sandbox, clay: httpx.AsyncClient) -> None:
    hook = {"url": f"{sandbox.url}/hooks/clay", "secret": SECRET}
    await sandbox.control.options(NAME, webhooks={"wh_1": hook}, run_seconds=0.2)
    started = await clay.post(PREFIX + ROUTINE, json=a_run(webhook_id="wh_1"))

    async def was_told() -> bool:
        return bool(sandbox.ledger.entries(provider="hooks", hook="clay"))

    await eventually(was_told, "nobody was told")

    (told,) = sandbox.ledger.entries(provider="hooks", hook="clay")
    assert told.body["data"] == {"routine_run_id": started.json()["routine_run_id"]}
    # The ledger has the body as it was sent.
    (started_line,) = sandbox.ledger.entries(provider=NAME, operation="run_routine")
    (callout,) = [each for each in started_line.effects if each["kind"] == "callout"]
    digest = hmac.digest(SECRET.encode(), callout["body"].encode(), hashlib.sha256).hex()
    assert told.headers["x-clay-signature"] == f"sha256={digest}"

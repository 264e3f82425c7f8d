"""People Data Labs' stand-in, against what their documentation and its harvest say of the search."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox

SEARCH = "/people_data_labs/v5/person/search"
FREE = "/people_data_labs/sandbox/v5/person/search"
KEY = {"X-Api-Key": "sandbox-people-data-labs"}
ANYBODY: dict[str, Any] = {"match_all": {}}
PERSON = {"full_name": "ada lovelace", "work_email": "ada@acme.com", "job_title": "cto"}


def at(domain: str, **clauses: Any) -> dict[str, Any]:
    company = {"term": {"job_company_website": domain}}
    return {"query": {"query": {"bool": {"filter": [company], **clauses}}}}


async def search(
    api: httpx.AsyncClient,
    body: Any,
    *,
    path: str = SEARCH,
    key: str | None = KEY["X-Api-Key"],
) -> httpx.Response:
    return await api.post(path, json=body, headers={"X-Api-Key": key} if key else {})


async def pinned(sandbox: Sandbox, *people: dict[str, Any], **options: Any) -> None:
    companies = {"acme.com": {"people": list(people)}}
    await sandbox.control.options("people_data_labs", companies=companies, **options)


# What is answered to what is asked: status, and the type of the error.
@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (at("acme.com") | {"size": 5}, 200, None),
        ({"query": {"bool": {"must": [{"term": {"job_company_website": "acme.com"}}]}}}, 200, None),
        ({"query": '{"query": {"term": {"job_company_website": "acme.com"}}}'}, 200, None),
        (at("nobody.example"), 404, "not_found"),
        # Without any cleaning.
        (at("https://acme.com"), 404, "not_found"),
        (at("ACME.com"), 404, "not_found"),
        ({}, 400, "invalid_request_error"),
        ({"size": 5}, 400, "invalid_request_error"),
        (at("acme.com") | {"sql": "SELECT * FROM person"}, 400, "invalid_request_error"),
        (at("acme.com") | {"size": 0}, 400, "invalid_request_error"),
        (at("acme.com") | {"size": 101}, 400, "invalid_request_error"),
        (at("acme.com") | {"size": "5"}, 400, "invalid_request_error"),
        (at("acme.com") | {"size": True}, 400, "invalid_request_error"),
        (at("acme.com") | {"from": 10_000}, 400, "invalid_request_error"),
        (at("acme.com") | {"from": 0, "scroll_token": "x"}, 400, "invalid_request_error"),
        (at("acme.com") | {"titlecase": "yes"}, 400, "invalid_request_error"),
        (at("acme.com") | {"dataset": "resume, phone"}, 200, None),
        (at("acme.com") | {"dataset": "everything"}, 400, "invalid_request_error"),
        (at("acme.com") | {"data_include": "full_name,shoe_size"}, 400, "invalid_request_error"),
        (at("acme.com") | {"max_contacts": 5}, 400, "invalid_request_error"),
        ({"query": {"query_string": {"query": "acme"}}}, 400, "invalid_request_error"),
        ({"query": {"term": {"company": "acme.com"}}}, 400, "invalid_request_error"),
        ({"query": {"term": {"id": "a", "full_name": "b"}}}, 400, "invalid_request_error"),
        ({"query": "SELECT * FROM person"}, 400, "invalid_request_error"),
        ({"query": {"exists": {"field": ["id"]}}}, 400, "invalid_request_error"),
        ([], 400, "invalid_request_error"),
    ],
)
async def test_a_search_is_checked(
    sandbox: Sandbox, api: httpx.AsyncClient, body: Any, status: int, kind: str | None
) -> None:
    await pinned(sandbox, PERSON, knows=0.0)

    answer = await search(api, body)

    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status
    assert answer.json().get("error", {}).get("type") == kind
    assert len(sandbox.ledger.effects("credits")) == (status == 200)


async def test_a_record_costs_a_credit_and_nothing_found_costs_none(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await pinned(sandbox, PERSON, PERSON, PERSON, knows=0.0)

    two = await search(api, at("acme.com") | {"size": 2})
    none = await search(api, at("other.com") | {"size": 2})

    assert (two.json()["total"], len(two.json()["data"])) == (3, 2)
    assert two.headers["x-call-credits-spent"] == "2"
    assert none.headers["x-call-credits-spent"] == "0"
    ((_, paid),) = sandbox.ledger.effects("credits")
    assert paid == {
        "kind": "credits",
        "provider": "people_data_labs",
        "domain": "acme.com",
        "credits": 2,
    }
    assert sandbox.ledger.credits("people_data_labs") == {"acme.com": 2}
    assert sandbox.ledger.clay_calls() == {}


async def test_their_own_sandbox_knows_made_up_people_and_costs_nothing(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("people_data_labs", credits=0)

    everybody = await search(api, {"query": ANYBODY, "size": 5}, path=FREE)
    ours = await search(api, at("acme.com"), path=FREE)

    assert len(everybody.json()["data"]) == 5
    assert ours.status_code == 404
    assert sandbox.ledger.effects("credits") == []


@pytest.mark.parametrize(
    "key", [None, "nobody", "sandbox-clay", "sandbox-hunter-1", "sandbox-datashopper", "re_sandbox"]
)
async def test_a_key_of_nobody_and_of_another_provider_is_refused(
    sandbox: Sandbox, api: httpx.AsyncClient, key: str | None
) -> None:
    for path in (SEARCH, FREE):
        answer = await search(api, at("acme.com"), path=path, key=key)

        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "authentication_error"


async def test_plans_differ(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    plans = {"sandbox-free": "free", "sandbox-none": "without_search"}
    await pinned(sandbox, PERSON | {"mobile_phone": None}, plans=plans)

    pro = await search(api, at("acme.com"))
    free = await search(api, at("acme.com"), key="sandbox-free")
    none = await search(api, at("acme.com"), key="sandbox-none")

    assert pro.json()["data"][0]["work_email"] == "ada@acme.com"
    # Whether there is one, and not which.
    withheld = free.json()["data"][0]
    assert (withheld["work_email"], withheld["mobile_phone"]) == (True, False)
    assert none.status_code == 403


async def test_credits_come_to_their_end(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await pinned(sandbox, PERSON, PERSON, PERSON, credits=4)

    answers = [await search(api, at("acme.com") | {"size": 3}) for _ in range(3)]
    other = await search(api, at("acme.com"), key="sandbox-other")

    assert [answer.status_code for answer in answers] == [200, 200, 402]
    assert [len(answer.json().get("data", ())) for answer in answers] == [3, 1, 0]
    assert answers[-1].headers["x-totallimit-remaining"] == "0"
    assert answers[-1].json()["error"]["type"] == "payment_required"
    assert other.status_code == 200


async def test_a_minute_has_a_limit_and_its_end_is_a_moment(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await pinned(sandbox, PERSON, per_minute=1)

    # The window may end between two of them.
    answers = [await search(api, at("acme.com")) for _ in range(4)]
    refused = answers[-1]

    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert "retry-after" not in refused.headers
    reset = datetime.fromisoformat(refused.headers["x-ratelimit-reset"])
    assert timedelta(0) <= reset - datetime.now(UTC) + timedelta(seconds=1) <= timedelta(minutes=2)
    # As Python writes it: who reads it as JSON fails.
    assert answers[0].headers["x-ratelimit-limit"] == "{'minute': 1}"


async def test_records_are_as_large_as_was_asked_for_and_written_small(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    asked = at("acme.com") | {"data_include": "full_name,work_email"}
    await pinned(sandbox, PERSON)

    small = (await search(api, asked)).json()["data"][0]
    titled = (await search(api, asked | {"titlecase": True})).json()["data"][0]
    rest = (await search(api, at("acme.com") | {"data_include": "-full_name"})).json()["data"][0]

    assert small == {"full_name": "ada lovelace", "work_email": "ada@acme.com"}
    assert titled == {"full_name": "Ada Lovelace", "work_email": "ada@acme.com"}
    assert set(rest) == {"job_company_website", "work_email", "job_title"}


async def test_who_is_found_suits_the_query(api: httpx.AsyncClient) -> None:
    wanted = {"should": [{"terms": {"job_title_levels": ["vp", "cxo"]}}], "minimum_should_match": 1}
    found: list[dict[str, Any]] = []
    for number in range(20):
        answer = await search(api, at(f"company-{number}.com", **wanted) | {"size": 100})
        found += answer.json().get("data", [])

    assert len(found) > 20
    assert all({"vp", "cxo"} & set(person["job_title_levels"]) for person in found)
    assert all(person["full_name"] == person["full_name"].lower() for person in found)
    assert {person["work_email"] is None for person in found} == {True, False}


async def test_it_knows_a_part_of_the_companies(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("people_data_labs", knows=0.6)

    statuses = [
        (await search(api, at(f"company-{number}.com"))).status_code for number in range(100)
    ]

    assert 40 <= statuses.count(200) <= 70
    assert set(statuses) == {200, 404}


async def test_other_paths_and_methods_are_none(api: httpx.AsyncClient) -> None:
    assert (await api.get(SEARCH, headers=KEY)).status_code == 405
    elsewhere = await api.post("/people_data_labs/person/search", json={}, headers=KEY)
    assert elsewhere.status_code == 404
    assert "error" not in elsewhere.json()


async def test_the_ledger_has_no_key(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await search(api, at("acme.com"))

    (entry,) = sandbox.ledger.entries(provider="people_data_labs")
    assert entry["domain"] == "acme.com"
    assert KEY["X-Api-Key"] not in str(entry.line)

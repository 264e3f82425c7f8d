"""G2's twin: as strict as its contract, and as silent as its edge."""

from typing import Any

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox

INTENT = "/g2/api/v2/products/sandbox-crm/buyer_intent"
ALL = "/g2/api/v2/buyer_intent"
TRAINED = "/g2/api/sandbox/products/sandbox-crm/buyer_intent"
DIMENSIONS = "company_name,company_domain,company_employees,signal_type,day,company_intent_score"


async def rows(api: httpx.AsyncClient, path: str = INTENT, **query: Any) -> list[dict[str, Any]]:
    asked = {"dimensions": DIMENSIONS, "page[size]": 250, **query}
    answer = await api.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return [row["attributes"] for row in answer.json()["data"]]


def title(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert error["status"] == str(answer.status_code)
    return str(error["title"])


async def test_rows_have_what_was_asked_for_and_nothing_else(api: httpx.AsyncClient) -> None:
    answer = await api.get(
        INTENT, params={"dimensions": "company_domain", "measures": "total_activity,company_count"}
    )

    found = answer.json()
    assert answer.headers["content-type"].startswith("application/vnd.api+json")
    assert {row["type"] for row in found["data"]} == {"buyer_intent_interactions"}
    assert all(
        set(row["attributes"]) == {"company_domain", "total_activity", "company_count"}
        for row in found["data"]
    )
    assert len(found["data"]) == 25


async def test_the_warmest_come_first_and_the_same_call_finds_the_same(
    api: httpx.AsyncClient,
) -> None:
    found = await rows(api)

    scores = [row["company_intent_score"] for row in found]
    assert scores == sorted(scores, reverse=True)
    assert await rows(api) == found


async def test_pages_follow_each_other_by_their_cursor(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    whole = await rows(api)
    pages: list[dict[str, Any]] = []
    following: str | None = f"{INTENT}?dimensions={DIMENSIONS}&page[size]=50"
    while following:
        answer = (await api.get(following)).json()
        pages += [row["attributes"] for row in answer["data"]]
        following = answer["links"]["next"]

    assert pages[: len(whole)] == whole
    await sandbox.control.options("g2", next_in="cursor_pagination")
    answer = (await api.get(INTENT, params={"page[size]": 1})).json()
    second = await api.get(
        INTENT, params={"page[size]": 1, "page[after]": answer["cursor_pagination"]["next"]}
    )
    assert "links" not in answer
    assert second.json()["data"] != answer["data"]


async def test_filters_are_met(api: httpx.AsyncClient) -> None:
    days = sorted({row["day"] for row in await rows(api)})
    found = await rows(
        api,
        **{
            "dimension_filters[company_employees_gteq]": "50",
            "dimension_filters[company_employees_lteq]": "500",
            "dimension_filters[day_gteq]": days[1],
        },
    )

    assert found
    assert all(50 <= row["company_employees"] <= 500 and row["day"] >= days[1] for row in found)
    assert await rows(api, **{"dimension_filters[company_country_eq]": "Atlantis"}) == []


async def test_the_sandbox_needs_no_scope_and_is_half_a_year_old(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    newest = max(row["day"] for row in await rows(api))
    await sandbox.control.options("g2", scopes=[])

    trained = await rows(api, TRAINED)

    assert max(row["day"] for row in trained) < newest
    assert (await api.get(INTENT)).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"dimensions": "company_name,revenue"},
        {"measures": "visitors"},
        {"sort": "-revenue"},
        {"page[size]": "251"},
        {"page[size]": "0"},
        {"page[size]": "many"},
        {"page[after]": "2"},
        {"limit": "50"},
        {"dimension_filters[company_country]": "Spain"},
        {"dimension_filters[revenue_gteq]": "1"},
        {"dimension_filters[company_employees_gteq]": "many"},
    ],
    ids=lambda query: next(iter(query)) + "=" + next(iter(query.values())),
)
async def test_what_nobody_documents_is_refused(
    api: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await api.get(INTENT, params=query)

    assert answer.status_code == 400
    assert title(answer)


async def test_a_product_that_the_account_has_not_is_not_found(api: httpx.AsyncClient) -> None:
    answer = await api.get(INTENT.replace("sandbox-crm", "salesforce"))

    assert (answer.status_code, title(answer)) == (404, "Product not found")
    assert (await api.get(ALL)).status_code == 200


@pytest.mark.parametrize("token", ["Bearer unknown", "Bearer", "Token sandbox"])
async def test_without_a_token_nothing_is_told(api: httpx.AsyncClient, token: str) -> None:
    for path in (INTENT, TRAINED, ALL):
        answer = await api.get(path, headers={"authorization": token})

        assert answer.status_code == 401
        assert title(answer)


async def test_one_call_too_many_is_silence_without_a_word_of_how_long(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("g2", per_second=3, blocked=60)

    answers = [await api.get(INTENT) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 403, 403]
    blocked = answers[-1]
    assert blocked.headers["content-type"].startswith("text/html")
    assert "1015" in blocked.text
    assert not {"retry-after", "ratelimit-reset"} & set(blocked.headers)


async def test_the_ledger_knows_the_product_and_the_page(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await api.get(INTENT, params={"page[size]": 1})
    following = (await api.get(INTENT, params={"page[size]": 1})).json()["links"]["next"]
    await api.get(following)

    *_, last = sandbox.ledger.entries(provider="g2", operation="intent")
    assert last["product"] == "sandbox-crm"
    assert last["after"]
    assert "sandbox" not in str(last.headers.get("authorization"))

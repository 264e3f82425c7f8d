"""What the data providers answer, against the OpenAPI document of their contract."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from contract.sandbox.cases import FIXTURES
from leadstream_dev.sandbox import Sandbox

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (FIXTURES / "data-providers.openapi.yaml").read_text(encoding="utf-8")
)
CHECKER = FormatChecker(formats=())


@CHECKER.checks("date-time", raises=ValueError)
def is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@CHECKER.checks("email")
def is_email(value: object) -> bool:
    return (
        not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) is not None
    )


def schema(path: str, method: str, status: str) -> dict[str, Any]:
    responses = DOCUMENT["paths"][path][method]["responses"]
    response = responses.get(status, responses["default"])
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    found: dict[str, Any] = response["content"]["application/json"]["schema"]
    return found


def check(body: object, path: str, method: str, status: str = "200") -> None:
    wanted = schema(path, method, status) | {"components": DOCUMENT["components"]}
    Draft202012Validator(wanted, format_checker=CHECKER).validate(body)


SEARCHES: list[dict[str, Any]] = [
    {"topic": "AI automation tools"},
    {"topic": "AI automation tools", "country": "United States", "state": "California"},
    {"topic": "Payments", "min_employees": 0, "max_employees": 10, "limit": 7},
    {"topic": "Payments", "min_revenue": 1_000_000, "max_revenue": 2_000_000},
    {"topic": "Telehealth", "industry": ["Healthcare", "Healthcare Technology"]},
    {"topic": "Logistik", "city": "Winterthur", "country": "Switzerland"},
]


@pytest.mark.parametrize("query", SEARCHES)
async def test_searches_fit(
    sandbox: Sandbox, api: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    await sandbox.control.settings(odd=False)

    answer = await api.get("/datashopper/v1/companies/search", params=query)

    assert len(answer.json()["results"]) == query.get("limit", 50)
    check(answer.json(), "/companies/search", "get")


async def test_the_check_finds_the_odd_ones(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    answer = await api.get("/datashopper/v1/companies/search", params={"topic": "AI"})

    with pytest.raises(ValidationError):
        check(answer.json(), "/companies/search", "get")


async def test_intent_fits(api: httpx.AsyncClient) -> None:
    answer = await api.get("/datashopper/v1/companies/acme.com/intent")

    check(answer.json(), "/companies/{domain}/intent", "get")


def domains() -> Iterator[str]:
    yield from (f"company-{number}.com" for number in range(40))


async def test_enrichments_and_verifications_fit(api: httpx.AsyncClient) -> None:
    found, statuses = set(), set()
    for domain in domains():
        asked = {"domain": domain, "max_contacts": 5}
        enriched = (await api.post("/clay/v1/enrichment/company", json=asked)).json()
        check(enriched, "/enrichment/company", "post")
        found.add(len(enriched["contacts"]))
        for email in filter(None, (contact["email"] for contact in enriched["contacts"])):
            verified = (await api.post("/clay/v1/verification/email", json={"email": email})).json()
            check(verified, "/verification/email", "post")
            statuses.add(verified["status"])

    assert found == {0, 1, 2, 3, 4, 5}
    assert statuses == {"valid", "invalid", "accept_all", "disposable", "unknown"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/datashopper/v1/companies/search", 400),
        ("/datashopper/v1/companies/search?topic=", 400),
        ("/datashopper/v1/companies/search?topic=AI&limit=51", 400),
        ("/datashopper/v1/companies/search?topic=AI&limit=0", 400),
        ("/datashopper/v1/companies/search?topic=AI&min_employees=few", 400),
        ("/datashopper/v1/companies/search?topic=AI&min_revenue=-1", 400),
        ("/datashopper/v1/companies/search?topic=AI&industries=Technology", 400),
        ("/datashopper/v1/nothing", 404),
    ],
)
async def test_wrong_searches_are_refused(api: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await api.get(path)

    assert answer.status_code == status
    check(answer.json(), "/companies/search", "get", str(status))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"domain": "acme.com"},
        {"domain": "", "max_contacts": 5},
        {"domain": "acme.com", "max_contacts": 6},
        {"domain": "acme.com", "max_contacts": "5"},
        {"domain": "acme.com", "max_contacts": 5, "limit": 5},
        {"domain": "acme.com", "max_contacts": 5, "contact_filters": {"titles": ["CEO"]}},
        {"domain": "acme.com", "max_contacts": 5, "contact_filters": {"job_titles": "CEO"}},
        [],
    ],
)
async def test_wrong_enrichments_are_refused(api: httpx.AsyncClient, body: object) -> None:
    answer = await api.post("/clay/v1/enrichment/company", json=body)

    assert answer.status_code == 400
    check(answer.json(), "/enrichment/company", "post", "400")


@pytest.mark.parametrize("body", [{}, {"email": "acme.com"}, {"email": "a@b.co", "x": 1}, "a@b.co"])
async def test_wrong_verifications_are_refused(api: httpx.AsyncClient, body: object) -> None:
    answer = await api.post("/clay/v1/verification/email", json=body)

    assert answer.status_code == 400
    check(answer.json(), "/verification/email", "post", "400")


@pytest.mark.parametrize("key", [None, "Bearer wrong", "Basic c2FuZGJveA=="])
async def test_a_key_is_needed(api: httpx.AsyncClient, key: str | None) -> None:
    answer = await api.get(
        "/datashopper/v1/companies/search?topic=AI", headers={"Authorization": key or ""}
    )

    assert answer.status_code == 401
    check(answer.json(), "/companies/search", "get", "401")

from typing import Any

import httpx

from leadstream_dev.sandbox import Sandbox

SEARCH = "/datashopper/v1/companies/search"
ENRICH = "/clay/v1/enrichment/company"


async def found(api: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = (await api.get(SEARCH, params=query)).json()["results"]
    return results


async def test_filters_are_met(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.settings(odd=False)

    companies = await found(
        api,
        topic="AI automation tools",
        country="United States",
        state="California",
        min_employees=50,
        max_employees=500,
        min_revenue=1_000_000,
        max_revenue=50_000_000,
        industry=["Technology", "Marketing"],
    )

    assert len(companies) == 50
    assert all(50 <= company["employee_count"] <= 500 for company in companies)
    assert all(1_000_000 <= company["revenue"] <= 50_000_000 for company in companies)
    assert {company["location"]["state"] for company in companies} == {"CA"}
    assert {company["industry"] for company in companies} == {"Technology", "Marketing"}


async def test_filters_that_exclude_each_other_find_nothing(api: httpx.AsyncClient) -> None:
    assert await found(api, topic="AI", min_employees=10, max_employees=5) == []


async def test_pages_follow_each_other(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.settings(results=60)

    whole = await found(api, topic="AI")
    rest = await api.get(SEARCH, params={"topic": "AI", "page": 2})

    assert len(whole) == 50
    assert len(rest.json()["results"]) == 10
    assert rest.json()["total"] == 60


async def test_a_careless_provider_knows_one_page_only(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    companies = [{"name": f"Company {number}", "domain": f"c{number}.com"} for number in range(60)]
    await sandbox.control.catalogue("AI", companies, ignore_page=True)

    second = (await api.get(SEARCH, params={"topic": "AI", "page": 2})).json()

    assert second["results"] == companies[:50]
    assert (second["page"], second["per_page"], second["total"]) == (2, 50, 60)
    (entry,) = sandbox.ledger.entries(provider="datashopper")
    assert entry["page"] == "2"


async def test_the_day_decides(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.settings(day="2026-11-23", odd=False)
    monday = await found(api, topic="AI")
    await sandbox.control.settings(day="2026-11-24")
    tuesday = await found(api, topic="AI")
    await sandbox.control.settings(day="2026-11-23")

    assert await found(api, topic="AI") == monday
    known = {company["domain"] for company in monday} & {company["domain"] for company in tuesday}
    assert 0 < len(known) < 20


async def test_a_catalogue_is_the_answer(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    companies = [{"name": f"Company {number}", "domain": f"c{number}.com"} for number in range(60)]
    await sandbox.control.catalogue("AI", companies)
    await sandbox.control.catalogue("Careless", companies, ignore_limit=True)

    assert await found(api, topic="AI") == companies[:50]
    assert await found(api, topic="AI", limit=2, industry=["Retail"]) == companies[:2]
    assert await found(api, topic="Careless") == companies


async def test_clay_answers_what_it_was_told(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    contacts = [{"full_name": "John Smith", "email": "john@acme.com"}]
    await sandbox.control.company("Acme.com", contacts=contacts, credits_used=3)
    await sandbox.control.verdict("John@acme.com", "accept_all")

    asked = {"domain": "ACME.com", "company_name": "Acme Corp", "max_contacts": 5}
    enriched = (await api.post(ENRICH, json=asked)).json()
    verified = await api.post("/clay/v1/verification/email", json={"email": "john@acme.com"})

    assert enriched["contacts"] == contacts
    assert enriched["credits_used"] == 3
    assert enriched["company_info"]["name"] == "Acme Corp"
    assert verified.json()["status"] == "accept_all"
    assert sandbox.ledger.clay_calls() == {"acme.com": 1}


async def test_contact_filters_are_met(api: httpx.AsyncClient) -> None:
    people = []
    for number in range(20):
        asked = {
            "domain": f"company-{number}.com",
            "max_contacts": 2,
            "contact_filters": {
                "job_titles": ["Director", "Head of"],
                "departments": ["IT", "Data"],
            },
        }
        contacts = (await api.post(ENRICH, json=asked)).json()["contacts"]
        assert len(contacts) <= 2
        people += contacts

    assert {person["title"] for person in people} == {"Director of IT", "Head of Data"}

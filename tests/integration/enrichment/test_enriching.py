"""Cases 13 to 16 and 19: what is asked, what is answered, and what is made of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from integration.enrichment.leads import a_contact, a_lead, enrich
from integration.enrichment.replicas import Replica
from leadstream.observability.metrics import ENRICHMENTS_SKIPPED_TOTAL
from leadstream_dev.sandbox import Sandbox


async def test_b13_asks_for_five_decision_makers_with_the_key(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await enrich(enrichment, a_lead())

    (call,) = sandbox.ledger.entries(provider="clay", operation="enrich")
    assert call.status == 200
    assert call.body == {
        "domain": "acme.com",
        "company_name": "Acme Corp",
        "contact_filters": {
            "job_titles": ["CEO", "CTO", "VP", "Director", "Chief", "Head of", "Manager"],
            "seniority_levels": ["executive", "director", "manager"],
        },
        "max_contacts": 5,
    }


async def test_b13_a_completed_enrichment_is_announced_with_its_contacts(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    people = [a_contact(name) for name in ("Ann", "Bob", "Cyd", "Dan", "Eve")]
    await sandbox.control.company("acme.com", contacts=people, credits_used=2)
    for person in people:
        await sandbox.control.verdict(person["email"], "valid")
    lead = a_lead(score="warm", industry="Technology")
    before = datetime.now(UTC)

    (event,) = await enrich(enrichment, lead)

    found = event["enrichment"]
    assert found["status"] == "completed"
    assert found["reason"] is None
    assert before <= datetime.fromisoformat(found["enriched_at"]) <= datetime.now(UTC)
    assert found["provider"] == "clay"
    assert found["credits_used"] == 2
    assert found["total_contacts"] == 5
    assert [contact["full_name"] for contact in found["contacts"]] == [
        "Ann Smith",
        "Bob Smith",
        "Cyd Smith",
        "Dan Smith",
        "Eve Smith",
    ]
    collected_at = found["primary_contact"].pop("collected_at")
    assert before <= datetime.fromisoformat(collected_at) <= datetime.now(UTC)
    assert found["primary_contact"] == {
        "id": "c_Ann",
        "first_name": "Ann",
        "last_name": "Smith",
        "full_name": "Ann Smith",
        "email": "ann@acme.com",
        "verified_email": True,
        "email_status": "valid",
        "phone": None,
        "title": "VP of Engineering",
        "seniority": "executive",
        "department": "Engineering",
        "linkedin_url": None,
        "location": None,
        "provider": "clay",
    }
    assert event["company"]["industry"] == "Technology"
    assert event["intent"]["score"] == "warm"
    for name in ("lead_id", "workspace_id", "revision", "query_id"):
        assert event[name] == lead[name]


async def test_b13_of_more_than_five_contacts_five_are_used(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    people = [a_contact(f"P{n}", email=None) for n in range(7)]
    await _answer(sandbox, {"contacts": people, "credits_used": 1})

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["total_contacts"] == 5
    assert event["enrichment"]["primary_contact"]["id"] == "c_P0"


async def test_the_event_is_kept_as_rows_too(enrichment: Replica, sandbox: Sandbox) -> None:
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann"), a_contact("Bob")])
    await sandbox.control.verdict("ann@acme.com", "invalid")
    await sandbox.control.verdict("bob@acme.com", "valid")
    lead = a_lead()

    await enrich(enrichment, lead)

    (kept,) = await enrichment.rows("enrichments")
    assert str(kept["lead_id"]) == lead["lead_id"]
    assert (kept["status"], kept["total_contacts"], kept["error"]) == ("completed", 2, None)
    people = await enrichment.rows("contacts ORDER BY position")
    assert [(p["contact_id"], p["email_status"], p["is_primary"]) for p in people] == [
        ("c_Ann", "invalid", False),
        ("c_Bob", "valid", True),
    ]
    assert {str(p["workspace_id"]) for p in people} == {lead["workspace_id"]}


async def test_b14_facts_fill_gaps_and_change_nothing_else(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.company(
        "acme.com",
        contacts=[],
        company_info={
            "name": "Acme Holdings",
            "domain": "acme-holdings.com",
            "industry": None,
            "employee_count": 900,
            "description": "Makes everything.",
        },
    )
    lead = a_lead(industry="Technology", employee_count=250, description=None)

    (event,) = await enrich(enrichment, lead)

    company = event["company"]
    assert company["name"] == "Acme Corp"
    assert company["domain"] == "acme.com"
    assert company["industry"] == "Technology"
    assert company["employee_count"] == 250
    assert company["description"] == "Makes everything."


@pytest.mark.parametrize(
    "domain", [None, "", "gmail.com", "10.0.0.1", "localhost", "not a domain", "https://"]
)
async def test_b15_without_a_valid_domain_nobody_is_asked(
    enrichment: Replica, sandbox: Sandbox, domain: str | None
) -> None:
    lead = a_lead(domain)
    skipped = ENRICHMENTS_SKIPPED_TOTAL.labels("missing_domain")._value.get()

    (event,) = await enrich(enrichment, lead)

    assert ENRICHMENTS_SKIPPED_TOTAL.labels("missing_domain")._value.get() == skipped + 1
    assert event["enrichment"]["status"] == "skipped"
    assert event["enrichment"]["reason"] == "missing_domain"
    assert event["enrichment"]["contacts"] == []
    assert event["enrichment"]["primary_contact"] is None
    assert event["company"]["domain"] == domain
    assert sandbox.ledger.entries(provider="clay") == []


async def test_b15_a_company_with_a_blank_name_is_skipped(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    (event,) = await enrich(enrichment, a_lead(name="  "))

    assert event["enrichment"]["status"] == "skipped"
    assert event["enrichment"]["reason"] == "incomplete_company"
    assert sandbox.ledger.entries(provider="clay") == []
    assert [row["reason"] for row in await enrichment.rows("enrichments")] == ["incomplete_company"]


async def test_an_untidy_domain_is_asked_about_in_its_one_form(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    (event,) = await enrich(enrichment, a_lead("https://www.ACME.com/about"))

    (call,) = sandbox.ledger.entries(provider="clay", operation="enrich")
    assert call.body["domain"] == "acme.com"
    assert event["company"]["domain"] == "https://www.ACME.com/about"


async def test_b16_no_contacts_found_is_completed_and_goes_on(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.company("acme.com", contacts=[])

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["status"] == "completed"
    assert event["enrichment"]["total_contacts"] == 0
    assert event["enrichment"]["primary_contact"] is None


@pytest.mark.parametrize("status", ["valid", "invalid", "accept_all", "disposable", "unknown"])
async def test_b19_verification_tells_its_outcomes_apart(
    enrichment: Replica, sandbox: Sandbox, status: str
) -> None:
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann")])
    await sandbox.control.verdict("ann@acme.com", status)

    (event,) = await enrich(enrichment, a_lead())

    (contact,) = event["enrichment"]["contacts"]
    assert contact["email_status"] == status
    assert contact["verified_email"] is (status == "valid")


async def test_b19_addresses_are_verified_in_order_until_one_is_valid(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    people = [a_contact(name) for name in ("Ann", "Bob", "Cyd", "Dan")]
    people.insert(1, a_contact("Nomail", email=None))
    await sandbox.control.company("acme.com", contacts=people)
    for name, status in (("ann", "invalid"), ("bob", "accept_all"), ("cyd", "valid")):
        await sandbox.control.verdict(f"{name}@acme.com", status)

    (event,) = await enrich(enrichment, a_lead())

    asked = sandbox.ledger.entries(provider="clay", operation="verify")
    assert [call["email"] for call in asked] == ["ann@acme.com", "bob@acme.com", "cyd@acme.com"]
    found = event["enrichment"]
    assert [c["email_status"] for c in found["contacts"]] == [
        "invalid",
        "unknown",
        "accept_all",
        "valid",
        "unknown",
    ]
    assert found["primary_contact"]["id"] == "c_Cyd"


async def test_b19_without_a_valid_address_the_first_contact_is_primary(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann"), a_contact("Bob")])
    for name in ("ann", "bob"):
        await sandbox.control.verdict(f"{name}@acme.com", "invalid")

    (event,) = await enrich(enrichment, a_lead())

    assert event["enrichment"]["primary_contact"]["id"] == "c_Ann"
    assert event["enrichment"]["primary_contact"]["verified_email"] is False


@pytest.mark.parametrize(
    "fault",
    [
        {"errors": {"status": 500}},
        {"errors": {"status": 400}},
        {"errors": {"status": 401}},
        {"errors": {"status": 200, "body": "<html>"}},
        {"errors": {"status": 200, "body": {"valid": None}}},
        {"quota_exhausted": True},
        {"drop": 1.0},
        {"half": 1.0},
        {"hang": 1.0},
    ],
    ids=str,
)
async def test_b19_a_fault_of_the_verifier_is_unknown_and_fails_nothing(
    make_replica: Any, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    replica: Replica = await make_replica(clay_verification_timeout=0.3)
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann"), a_contact("Bob")])
    await sandbox.control.behave("clay", "verify", **fault)

    (event,) = await enrich(replica, a_lead())

    assert event["enrichment"]["status"] == "completed"
    assert [c["email_status"] for c in event["enrichment"]["contacts"]] == ["unknown", "unknown"]
    assert await replica.attempts() == ["succeeded"]
    assert await replica.rows("pauses") == []


async def test_bad_contacts_are_left_out_with_a_reason_and_the_rest_is_used(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    people: list[Any] = [
        "nobody",
        a_contact("Nameless", full_name=None, first_name=None, last_name=" "),
        a_contact("Odd", email="not an address"),
        a_contact("Ann", title=7, linkedin_url="javascript:alert(1)"),
    ]
    await _answer(sandbox, {"contacts": people, "company_info": "?", "credits_used": "many"})

    (event,) = await enrich(enrichment, a_lead())

    odd, contact = event["enrichment"]["contacts"]
    assert (odd["id"], odd["email"], odd["email_status"]) == ("c_Odd", None, "unknown")
    assert contact["id"] == "c_Ann"
    assert contact["title"] is None
    assert contact["linkedin_url"] is None
    assert event["enrichment"]["credits_used"] == 0
    (kept,) = await enrichment.rows("enrichments")
    assert kept["rejected"] == [
        "contact 1: not_an_object",
        "contact 2: missing_name",
    ]


async def test_text_that_postgres_cannot_hold_is_taken_out_of_an_answer(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    body = (
        '{"contacts": [{"id": "1", "full_name": "A\\u0000nn \\ud800Smith", "title": "C\\u0000EO"}],'
        ' "company_info": {"industry": "Te\\udfffch"}}'
    )
    step = {"status": 200, "body": body, "headers": {"content-type": "application/json"}}
    await sandbox.control.script("clay", "enrich", step)

    (event,) = await enrich(enrichment, a_lead())

    (contact,) = event["enrichment"]["contacts"]
    assert (contact["full_name"], contact["title"]) == ("Ann Smith", "CEO")
    assert event["company"]["industry"] == "Tech"


async def _answer(sandbox: Sandbox, body: dict[str, Any]) -> None:
    await sandbox.control.script("clay", "enrich", {"status": 200, "body": body})

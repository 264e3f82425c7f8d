"""Leads and destinations for tests of delivery."""

from typing import Any
from uuid import UUID, uuid4

import orjson

from integration.delivery.machine import Machine
from leadstream_dev.sandbox import Sandbox

WORKSPACE = UUID("5f0c1d1e-0000-4000-8000-000000000001")
OTHER_WORKSPACE = UUID("5f0c1d1e-0000-4000-8000-000000000002")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SLACK_PATH = "T0000/B0000/XXXX"


def a_lead(
    *,
    lead: UUID | None = None,
    workspace: UUID = WORKSPACE,
    revision: int = 1,
    score: str = "hot",
    company: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A `lead.enriched` as enrichment sends it."""
    contact = {
        "id": "c1",
        "first_name": "John",
        "last_name": "Smith",
        "full_name": "John Smith",
        "email": "john@acme.com",
        "verified_email": True,
        "email_status": "valid",
        "phone": "+1 415 555 0100",
        "title": "VP of Engineering",
        "seniority": "executive",
        "department": "Engineering",
        "linkedin_url": "https://www.linkedin.com/in/john-smith-example",
    }
    signals = [
        ("Company researching AI tools", "high"),
        ("Visited competitor website", "high"),
        ("Company researching topic", "high"),
        ("Downloaded whitepaper", "medium"),
    ]
    return {
        "lead_id": str(lead or uuid4()),
        "workspace_id": str(workspace),
        "query_id": str(uuid4()),
        "revision": revision,
        "topic": {"name": "AI automation tools", "category": "technology"},
        "company": {
            "name": "Acme Corp",
            "domain": "acme.com",
            "website": "https://www.acme.com/",
            "industry": "Technology",
            "employee_count": 250,
            "revenue": 10_000_000,
            "location": {"city": "San Francisco", "state": "CA", "country": "United States"},
            **(company or {}),
        },
        "intent": {
            "score": score,
            "signals": [
                {
                    "signal_type": name,
                    "signal_strength": strength,
                    "detected_at": "2026-01-22T10:30:00Z",
                    "source": "DataShopper",
                }
                for name, strength in signals
            ],
        },
        "discovered_at": "2026-01-22T02:15:00Z",
        "enrichment": {
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "provider": "clay",
            "credits_used": 1,
            "contacts": [contact],
            "primary_contact": contact,
        },
    } | changes


async def announce(machine: Machine, *leads: dict[str, Any]) -> None:
    await machine.take_in("lead.enriched", *(orjson.dumps(lead) for lead in leads))


async def add_recipient(machine: Machine, email: str = "ops@acme.example", **body: Any) -> Any:
    return await _add(machine, "recipients", {"email": email} | body)


async def add_slack(machine: Machine, sandbox: Sandbox, name: str = "alerts", **body: Any) -> Any:
    url = f"{sandbox.url}/slack/services/{SLACK_PATH}"
    return await _add(machine, "channels", {"type": "slack", "name": name, "url": url} | body)


async def add_webhook(
    machine: Machine, sandbox: Sandbox, name: str = "warehouse", **body: Any
) -> Any:
    url = f"{sandbox.url}/hooks/{name}"
    given = {"type": "webhook", "name": name, "url": url, "secret": SECRET}
    return await _add(machine, "channels", given | body)


async def _add(machine: Machine, what: str, body: dict[str, Any]) -> Any:
    answer = await machine.http.post(
        f"/api/admin/{what}", json={"workspace_id": str(WORKSPACE)} | body
    )
    assert answer.status_code == 201, answer.text
    return answer.json()

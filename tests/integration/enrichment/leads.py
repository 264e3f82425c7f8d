"""Leads as discovery tells of them, and people as Clay knows them."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from integration.enrichment.replicas import Replica
from leadstream.ids import new_id, workspace_id

ACME: Final = workspace_id("acme-growth")
OTHER: Final = workspace_id("other-corp")


def a_lead(
    domain: str | None = "acme.com",
    *,
    lead_id: UUID | None = None,
    workspace: UUID = ACME,
    revision: int = 1,
    score: str = "hot",
    name: str = "Acme Corp",
    **company: Any,
) -> dict[str, Any]:
    return {
        "lead_id": str(lead_id or new_id()),
        "workspace_id": str(workspace),
        "query_id": None,
        "revision": revision,
        "company": {"name": name, "domain": domain, **company},
        "intent": {"score": score, "signals": []},
        "discovered_at": datetime.now(UTC).isoformat(),
    }


def a_contact(first: str, *, domain: str = "acme.com", **changes: Any) -> dict[str, Any]:
    contact = {
        "id": f"c_{first}",
        "first_name": first,
        "last_name": "Smith",
        "full_name": f"{first} Smith",
        "email": f"{first}@{domain}".lower(),
        "verified_email": True,
        "phone": None,
        "title": "VP of Engineering",
        "seniority": "executive",
        "department": "Engineering",
        "linkedin_url": None,
        "location": None,
    }
    return contact | changes


async def discover(replica: Replica, *leads: dict[str, Any]) -> None:
    await replica.take_in("lead.discovered", *leads)


async def enrich(replica: Replica, *leads: dict[str, Any]) -> list[Any]:
    """Take leads in, wait until each has come to its end, and return what was announced."""
    await discover(replica, *leads)
    await replica.finish()
    return await replica.events("lead.enriched")

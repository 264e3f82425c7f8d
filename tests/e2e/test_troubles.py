"""A workspace's admins hear of a connection that its platform refuses, and that it works again: once each."""

from typing import Any
from uuid import UUID, uuid4

import orjson

from leadstream.ids import new_id, workspace_id
from support.intake import produce
from support.pipeline import EQUIPPED, Pipeline, example
from support.waiting import eventually

REFUSED = "Connection to “tech-platform” is refused"
WELL = "Connection to “tech-platform” works again"


def connected(token: str) -> list[dict[str, Any]]:
    (hubspot, *others) = EQUIPPED["connections"]
    return [{**hubspot, "credentials": {"access_token": token}}, *others]


async def a_lead(pipeline: Pipeline, workspace: UUID) -> UUID:
    company = {
        "name": "Acme",
        "domain": f"{uuid4().hex}.example",
        "industry": "Technology",
    }
    lead_id = new_id()
    ours = {"lead_id": str(lead_id), "workspace_id": str(workspace), "company": company}
    lead = example("lead.enriched", "full", **ours)
    record = (str(lead_id).encode(), orjson.dumps(lead))
    await produce(pipeline.kafka.bootstrap_servers, [record], "lead.enriched")
    return lead_id


async def until_told(pipeline: Pipeline, admin: str, *subjects: str) -> None:
    def told() -> list[str]:
        return [subject for recipient, subject in pipeline.ledger.notices() if recipient == admin]

    async def are_told() -> bool:
        return told() == list(subjects)

    await eventually(are_told, f"{admin} is not told {subjects}", within=60)


async def test_a_refused_connection_is_told_and_told_to_be_well(pipeline: Pipeline) -> None:
    slug, admin = f"troubled-{uuid4().hex[:10]}", f"{uuid4().hex}@e2e.example"
    people = [{"email": admin, "admin": True}, {"email": f"{uuid4().hex}@e2e.example"}]
    wanted = {**EQUIPPED, "slug": slug, "recipients": people}
    # A key of nobody's: HubSpot answers 401.
    await pipeline.apply_quietly({**wanted, "connections": connected("of-nobody")})
    workspace = workspace_id(slug)

    waiting = [await a_lead(pipeline, workspace) for _ in range(3)]
    await until_told(pipeline, admin, REFUSED)
    await pipeline.apply_quietly({**wanted, "connections": connected(f"sandbox-{slug}")})
    for lead in waiting:
        await pipeline.lead_when(lead, platform_uploaded=True)
    await until_told(pipeline, admin, REFUSED, WELL)

    later = await a_lead(pipeline, workspace)
    await pipeline.lead_when(later, platform_uploaded=True)
    await until_told(pipeline, admin, REFUSED, WELL)

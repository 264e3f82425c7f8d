"""Who told of a person, and when: it goes with them to whoever has to say so."""

from datetime import datetime
from typing import Any
from uuid import UUID

from support.pipeline import Pipeline, example


async def test_whoever_gets_a_person_is_told_where_they_are_from(
    pipeline: Pipeline, workspace: UUID
) -> None:
    lead_id = await pipeline.produce_lead(workspace, company=_farm())

    await pipeline.lead_when(lead_id, delivery_status="delivered", platform_uploaded=True)

    told, uploaded = _bodies(pipeline, lead_id)
    people = _people(told["enrichment"])
    assert people == _people(uploaded)
    assert {each["provider"] for each in people} == {"clay"}
    discovered = datetime.fromisoformat(told["discovered_at"])
    enriched = datetime.fromisoformat(told["enrichment"]["enriched_at"])
    for each in people:
        assert discovered < datetime.fromisoformat(each["collected_at"]) <= enriched


async def test_a_lead_enriched_before_that_was_told_is_uploaded_without(
    pipeline: Pipeline, workspace: UUID
) -> None:
    enrichment = example("lead.enriched", "full")["enrichment"]
    for each in (*enrichment["contacts"], enrichment["primary_contact"]):
        del each["provider"], each["collected_at"]

    lead_id = await pipeline.produce_lead(
        workspace, topic="lead.enriched", company=_farm(), enrichment=enrichment
    )

    await pipeline.lead_when(lead_id, delivery_status="delivered", platform_uploaded=True)
    told, uploaded = _bodies(pipeline, lead_id)
    nothing = {"provider": None, "collected_at": None}
    for each in (*_people(told["enrichment"]), *_people(uploaded)):
        assert each.items() >= nothing.items()


def _farm() -> dict[str, Any]:
    """A company whose platform takes leads by webhook."""
    company: dict[str, Any] = example("lead.discovered", "full")["company"]
    return {**company, "industry": "Farming"}


def _bodies(pipeline: Pipeline, lead_id: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the workspace's webhook got of the lead, and what its platform did."""
    bodies = [each.body for each in pipeline.ledger.entries(provider="hooks")]
    (told,) = [each["data"] for each in bodies if each["data"].get("lead_id") == str(lead_id)]
    (uploaded,) = [each["data"] for each in bodies if each["data"].get("id") == str(lead_id)]
    return told, uploaded


def _people(holder: dict[str, Any]) -> list[dict[str, Any]]:
    """In the words that both formats share."""
    shared = ("full_name", "email", "provider", "collected_at")
    people = [*holder["contacts"], holder["primary_contact"]]
    return [{name: each[name] for name in shared} for each in people]

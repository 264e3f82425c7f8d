"""Leads: which there are, and all that the services know of one."""

from typing import Any

from leadstream.admin.answers import (
    EnrichmentTriggered,
    LeadCosts,
    LeadStory,
    PageDeliveryAnswer,
    PageLead,
    PageTriedJob,
)
from leadstream.admin.calls import Call, given, path

# What a list, and a file, of leads is filtered by.
FILTERS = (
    "q",
    "score",
    "stage",
    "enrichment_status",
    "delivery_status",
    "platform_uploaded",
    "platform_name",
    "domain",
    "workspace_id",
    "query_id",
    "tick_id",
    "channel",
    "reason",
    "since",
)
# More than a lead has, unless it goes round in circles.
MANY = 200


def list_leads(
    filters: dict[str, Any], *, limit: int | None = None, cursor: str | None = None
) -> Call[PageLead]:
    """Newest first; `filters` are some of FILTERS."""
    params = given(**filters, limit=limit, cursor=cursor)
    return Call("discovery", "GET", "leads", PageLead, params)


def leads_file(
    filters: dict[str, Any], *, limit: int | None = None, cursor: str | None = None
) -> Call[Any]:
    """The same as CSV, to be streamed."""
    return Call("discovery", "GET", "leads.csv", Any, given(**filters, limit=limit, cursor=cursor))


def get_lead(lead_id: object) -> Call[LeadStory]:
    return Call("discovery", "GET", path("leads", lead_id), LeadStory)


def get_costs(lead_id: object) -> Call[LeadCosts]:
    return Call("enrichment", "GET", path("leads", lead_id), LeadCosts)


def list_attempts(service: str, lead_id: object) -> Call[PageTriedJob]:
    """The jobs of a lead with all their attempts."""
    params = given(lead_id=lead_id, limit=MANY)
    return Call(service, "GET", "jobs/attempts", PageTriedJob, params)


def list_deliveries_of(lead_id: object) -> Call[PageDeliveryAnswer]:
    params = given(lead_id=lead_id, limit=MANY)
    return Call("delivery", "GET", "deliveries", PageDeliveryAnswer, params)


def enrich_again(lead_id: object, *, reason: str | None = None) -> Call[EnrichmentTriggered]:
    body = {"lead_id": str(lead_id)}
    return Call(
        "enrichment", "POST", "trigger-enrichment", EnrichmentTriggered, body=body, reason=reason
    )

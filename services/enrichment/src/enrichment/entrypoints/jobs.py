"""The jobs of this service: what they are called, and what an attempt needs to know."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from enrichment.adapters.budgets import budget_lane
from enrichment.application.kinds import ENRICH_LEAD
from leadstream.contracts import LeadDiscovered, SchedulerTick
from leadstream.ids import derived_id, new_id
from leadstream.jobs.model import NewJob, Priority

CREDIT_RESET: Final = "credit-reset"
_CREDITS_LANE: Final = "credits"


def pipeline_job(lead: LeadDiscovered, *, kind: str, traceparent: str | None) -> NewJob:
    """The nightly pipeline's job: one a lead and revision, within the workspace's provider budget."""
    return NewJob(
        id=derived_id(ENRICH_LEAD, lead.lead_id, lead.revision),
        kind=kind,
        priority=Priority.of_score(lead.intent.score),
        lane=budget_lane(lead.workspace_id),
        payload={"lead": orjson.Fragment(lead.as_json()), "manual": False, "account_id": None},
        workspace_id=lead.workspace_id,
        lead_id=lead.lead_id,
        traceparent=traceparent,
    )


def triggered_job(
    event: Mapping[str, Any], *, kind: str, account_id: UUID | None, fresh: bool = False
) -> NewJob:
    """A person's: each a job of its own, before everything else, and past the workspace's provider budget.

    `fresh`: no answer from before it will do.
    """
    workspace_id = UUID(event["workspace_id"])
    return NewJob(
        id=new_id(),
        kind=kind,
        priority=Priority.HOT,
        lane=f"workspace:{workspace_id}",
        payload={"lead": event, "manual": True, "account_id": account_id, "fresh": fresh},
        workspace_id=workspace_id,
        lead_id=UUID(event["lead_id"]),
    )


def reset_job(tick: SchedulerTick, *, traceparent: str | None) -> NewJob:
    """One a tick, so that each shows in the history; that a day starts once is the ledger's business."""
    return NewJob(
        id=derived_id(CREDIT_RESET, tick.tick_id),
        kind=CREDIT_RESET,
        priority=Priority.HOT,
        lane=_CREDITS_LANE,
        # The contract has its times in UTC, and so are the days of the ledger.
        payload={"day": tick.scheduled_for.date().isoformat(), "tick_id": tick.tick_id},
        traceparent=traceparent,
    )

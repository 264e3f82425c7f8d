"""Leads as discovery told of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from leadstream.contracts import LeadDiscovered
from leadstream.postgres import Tx, load_queries

SQL = load_queries("enrichment.adapters", "leads.sql")


def keep_leads(tx: Tx, events: Sequence[LeadDiscovered]) -> None:
    """Keep the highest revision of each lead."""
    highest: dict[UUID, LeadDiscovered] = {}
    for event in events:
        known = highest.get(event.lead_id)
        if known is None or known.revision < event.revision:
            highest[event.lead_id] = event
    tx.later(
        SQL.upsert_leads,
        list(highest),
        [event.workspace_id for event in highest.values()],
        [event.revision for event in highest.values()],
        [event.as_json().decode() for event in highest.values()],
    )


async def get_lead(tx: Tx, lead_id: UUID, workspace_id: UUID | None) -> Any:
    """The lead's row, or None if it is not known, or another workspace's."""
    return await tx.fetchrow(SQL.get_lead, lead_id, workspace_id)

"""Leads as discovery told of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from leadstream.postgres import Tx, load_queries

SQL = load_queries("enrichment.adapters", "leads.sql")


async def keep_leads(tx: Tx, events: Sequence[Mapping[str, Any]]) -> None:
    """Keep the highest revision of each lead. `events` are contents of `lead.discovered`, as JSON has them."""
    highest: dict[str, Mapping[str, Any]] = {}
    for event in events:
        known = highest.get(event["lead_id"])
        if known is None or known["revision"] < event["revision"]:
            highest[event["lead_id"]] = event
    await tx.execute(
        SQL.upsert_leads,
        [UUID(lead_id) for lead_id in highest],
        [UUID(event["workspace_id"]) for event in highest.values()],
        [event["revision"] for event in highest.values()],
        [orjson.dumps(event).decode() for event in highest.values()],
    )


async def get_lead(tx: Tx, lead_id: UUID, workspace_id: UUID | None) -> Any:
    """The lead's row, or None if it is not known, or another workspace's."""
    return await tx.fetchrow(SQL.get_lead, lead_id, workspace_id)

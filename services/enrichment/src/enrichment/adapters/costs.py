"""What a lead's enrichments came to, for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadstream.postgres import Tx, load_queries

SQL = load_queries("enrichment.adapters", "costs.sql")

MOST = 200


@dataclass(frozen=True, slots=True)
class Costs:
    enrichments: Sequence[Mapping[str, Any]]
    calls: Sequence[Mapping[str, Any]]
    credits: Sequence[Mapping[str, Any]]


async def read_costs(tx: Tx, lead_id: UUID, *, workspace_id: UUID | None) -> Costs | None:
    """None: the lead is not known here, or another workspace's."""
    if await tx.fetchval(SQL.knows_lead, lead_id, workspace_id) is None:
        return None
    enrichments = await tx.fetch(SQL.enrichments_of, lead_id)
    calls = await tx.fetch(SQL.calls_of, lead_id, MOST)
    credits = await tx.fetch(SQL.credits_of, lead_id, MOST)
    return Costs(*([dict(row) for row in rows] for rows in (enrichments, calls, credits)))

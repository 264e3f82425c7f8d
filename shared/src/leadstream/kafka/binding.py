"""The first record of a lead binds it to its workspace, so that no later one can carry it into another."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadstream.kafka.deadletter import SQL
from leadstream.postgres import Tx


async def bind_leads(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> Mapping[UUID, UUID]:
    """Bind (lead, workspace) pairs that are new; return the workspace that each lead belongs to."""
    if not pairs:
        return {}
    leads = [lead for lead, _ in pairs]
    await tx.execute(SQL.bind_leads, leads, [workspace for _, workspace in pairs])
    rows: Sequence[Any] = await tx.fetch(SQL.get_bindings, leads)
    return {row["lead_id"]: row["workspace_id"] for row in rows}

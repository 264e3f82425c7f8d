"""The first record of a lead binds it to its workspace, so that no later one can carry it into another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.kafka.deadletter import SQL
from leadstream.postgres import Tx


@dataclass(frozen=True, slots=True)
class Binding:
    workspace_id: UUID
    # Deleted, or about to be.
    is_gone: bool
    # When the workspace was deleted, if it ever was.
    removed_at: datetime | None

    def takes(self, written_at: datetime) -> bool:
        """Whether news of that time is still of interest: what was deleted is not to come back by halves."""
        return not self.is_gone and (self.removed_at is None or written_at > self.removed_at)


async def bind_leads(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> Mapping[UUID, Binding]:
    """Bind (lead, workspace) pairs that are new; return what each lead is bound to.

    A binding is right whatever becomes of the record, so it needs no transaction with what is made of it.
    """
    if not pairs:
        return {}
    leads = {lead for lead, _ in pairs}
    rows: list[Any] = await tx.alone(
        SQL.bind_leads, [lead for lead, _ in pairs], [workspace for _, workspace in pairs]
    )
    # Somebody else has bound them while the statement ran, and it could not see that yet.
    if raced := leads - {row["lead_id"] for row in rows}:
        rows += await tx.alone(SQL.get_bindings, list(raced))
    return {
        row["lead_id"]: Binding(row["workspace_id"], row["is_gone"], row["removed_at"])
        for row in rows
    }

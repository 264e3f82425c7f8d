"""Who workspaces' e-mails come from, in Postgres."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from delivery.adapters.email.sender import PROVIDER
from delivery.domain.sender import AS_DEPLOYED, OwnSender
from leadstream.jobs.model import Priority
from leadstream.pauses import lift
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "senders.sql")


def own_sender(row: Any) -> OwnSender:
    """From the columns `own_from`, `own_reply_to` and `own_footer`."""
    return OwnSender(
        from_address=row["own_from"], reply_to=row["own_reply_to"], footer=row["own_footer"]
    )


async def put_sender(tx: Tx, workspace_id: UUID, sender: OwnSender) -> None:
    """What waits to be sent goes out as the workspace says now, and no longer waits for what was refused before."""
    if sender == AS_DEPLOYED:
        await tx.execute(SQL.delete_sender, workspace_id)
    else:
        columns = (sender.from_address, sender.reply_to, sender.footer)
        await tx.execute(SQL.put_sender, workspace_id, *columns)
    priorities = [each.value for each in Priority]
    await tx.execute(SQL.rewrite_deliveries, workspace_id, priorities)
    await tx.execute(SQL.rewrite_digests, workspace_id, priorities)
    await tx.execute(SQL.rewrite_notices, workspace_id, priorities)
    await lift(tx, f"{PROVIDER}:{workspace_id}", reason="configuration")


def is_of_own_sender(scope: str) -> bool:
    """Whether it is one workspace that waits, because its own sender was refused."""
    return scope.startswith(f"{PROVIDER}:")


async def write_anew(tx: Tx, refused: Sequence[UUID]) -> None:
    """Deliveries and digests whose sender was refused are written with what it is by then."""
    if refused:
        await tx.execute(SQL.rewrite_refused, refused)

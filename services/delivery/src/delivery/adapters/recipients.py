"""Recipients and suppressions in Postgres."""

from collections.abc import Mapping
from uuid import UUID

from leadstream.ids import derived_id
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "recipients.sql")


def suppression_id(workspace_id: UUID, email: str) -> UUID:
    return derived_id("suppression", workspace_id, email)


async def lock_recipient(tx: Tx, recipient_id: UUID) -> None:
    """Until the end of the transaction nobody else makes, changes or removes the recipient, there or not."""
    await tx.execute(SQL.lock_recipient, recipient_id)
    await tx.execute(SQL.hold_recipient, recipient_id)


async def suppress(
    tx: Tx, workspace_id: UUID, email: str, reason: str, *, everywhere: str | None = None
) -> bool:
    """Send the address nothing any more; False if that was so already. `everywhere`: as in the table."""
    found = suppression_id(workspace_id, email)
    made = await tx.fetchval(SQL.suppress, found, workspace_id, email, reason, everywhere)
    return made is not None


async def suppress_all(
    tx: Tx, workspace_id: UUID, reasons: Mapping[str, tuple[str, str | None]]
) -> int:
    """Send these addresses nothing any more, each for its (reason, everywhere); return of how many that is news."""
    rows = await tx.fetch(
        SQL.suppress_many,
        workspace_id,
        [suppression_id(workspace_id, email) for email in reasons],
        list(reasons),
        [reason for reason, _ in reasons.values()],
        [everywhere for _, everywhere in reasons.values()],
    )
    return len(rows)

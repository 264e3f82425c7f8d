"""Recipients and suppressions in Postgres."""

from uuid import UUID

from leadstream.ids import derived_id
from leadstream.postgres import Tx, load_queries

SQL = load_queries("delivery.adapters", "recipients.sql")


def suppression_id(workspace_id: UUID, email: str) -> UUID:
    return derived_id("suppression", workspace_id, email)


async def suppress(tx: Tx, workspace_id: UUID, email: str, reason: str) -> bool:
    """Send the address nothing any more; False if that was so already."""
    made = await tx.fetchval(
        SQL.suppress, suppression_id(workspace_id, email), workspace_id, email, reason
    )
    return made is not None

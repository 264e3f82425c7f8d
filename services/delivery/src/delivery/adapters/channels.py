"""Channels in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from delivery.adapters.endings import SQL as DELIVERIES
from delivery.adapters.vault import Vault
from leadstream.api import Caller, Change, PostgresAudit, Role
from leadstream.crypto import UndecryptableError
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("delivery.adapters", "channels.sql")
WORKER = Caller("worker", Role.OPERATOR)


async def disable_channels(tx: Tx, gone: Sequence[tuple[UUID, str, datetime]]) -> Sequence[Any]:
    """Disable the channels of the deliveries (id, why, since when it was tried); return those that were active."""
    rows: Sequence[Any] = await tx.fetch(
        DELIVERIES.disable_channels,
        [delivery_id for delivery_id, _, _ in gone],
        [why for _, why, _ in gone],
        [began_at for _, _, began_at in gone],
    )
    audit = PostgresAudit()
    for row in rows:
        change = Change(
            "channel.disabled",
            f"channel:{row['id']}",
            reason=row["disabled_reason"],
            before={"status": "active"},
            after={"status": "disabled"},
            workspace_id=row["workspace_id"],
        )
        await audit.record(tx, WORKER, change)
    return rows


async def rewrap_channels(database: Database, vault: Vault) -> tuple[int, int]:
    """Encrypt all secrets anew that are not under the current key; return how many were, and how many can't be read."""
    done = unreadable = 0
    for row in await database.pool.fetch(SQL.sealed_channels):
        place = (row["workspace_id"], row["id"])
        try:
            url = vault.rewrap_url(row["url"], *place)
            secrets = vault.rewrap_secrets(row["secrets"], *place) if row["secrets"] else None
        except UndecryptableError:
            unreadable += 1
            continue
        if url or secrets:
            await database.pool.execute(
                SQL.rewrap_channel, row["id"], row["url"], row["secrets"], url, secrets
            )
            done += 1
    return done, unreadable

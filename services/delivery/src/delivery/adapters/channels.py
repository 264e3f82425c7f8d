"""Channels in Postgres."""

from delivery.adapters.vault import Vault
from leadstream.crypto import UndecryptableError
from leadstream.postgres import Database, load_queries

SQL = load_queries("delivery.adapters", "channels.sql")


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

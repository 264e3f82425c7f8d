"""The accounts of workspaces as one transaction of an admin call sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from leadstream.accounts.model import Account
from leadstream.accounts.store import SQL, cell_of, opened
from leadstream.crypto import Keyring, UndecryptableError
from leadstream.pauses import lift
from leadstream.postgres import Tx

# What holds calls made with a key that is missing, wrong or used up. Another one is to be tried at once.
OVERCOME: Final = (
    "credential_missing",
    "credential_refused",
    "credential_unreadable",
    "misconfigured",
    "quota_exhausted",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An account as it is kept."""

    id: UUID
    workspace_id: UUID
    provider: str
    settings: Mapping[str, Any]
    # None: no key opens them.
    credentials: Mapping[str, str] | None = field(repr=False)
    version: int = 1
    rotated_at: datetime | None = None

    @property
    def scope(self) -> str:
        return Account(provider=self.provider, workspace_id=self.workspace_id).scope

    def saved_as(self, after: "Kept", *, now: datetime) -> "Kept":
        """The next version of this account, or itself if nothing is different."""
        if (self.settings, self.credentials) == (after.settings, after.credentials):
            return self
        rotated = self.credentials != after.credentials
        return replace(
            after, version=self.version + 1, rotated_at=now if rotated else self.rotated_at
        )

    def shown(self) -> dict[str, Any]:
        """What an audit row says of it: nothing of its credentials but when they changed."""
        return {
            "provider": self.provider,
            "settings": dict(self.settings),
            "version": self.version,
            "rotated_at": self.rotated_at.isoformat() if self.rotated_at else None,
        }


class AccountBook:
    def __init__(self, tx: Tx, keyring: Keyring) -> None:
        self._tx = tx
        self._keyring = keyring

    async def lock(self, identity: UUID) -> None:
        """Let nobody else decide anything about the account until the transaction ends."""
        await self._tx.execute(SQL.lock_account, (identity.int >> 64) - 2**63)

    async def get(self, identity: UUID) -> Kept | None:
        row = await self._tx.fetchrow(SQL.get_account, identity)
        return self._kept(row) if row else None

    async def save(self, kept: Kept) -> None:
        credentials = kept.credentials or {}
        await self._tx.execute(
            SQL.save_account,
            kept.id,
            kept.workspace_id,
            kept.provider,
            kept.settings,
            self._keyring.encrypt_json(credentials, cell_of(kept.workspace_id, kept.id)),
            kept.version,
            kept.rotated_at,
        )

    def _kept(self, row: Any) -> Kept:
        try:
            cell = cell_of(row["workspace_id"], row["id"])
            credentials = opened(row["credentials"], cell, self._keyring)
        except UndecryptableError:
            # As good as none: new ones can be saved over them.
            credentials = None
        return Kept(
            id=row["id"],
            workspace_id=row["workspace_id"],
            provider=row["provider"],
            settings=row["settings"],
            credentials=credentials,
            version=row["version"],
            rotated_at=row["rotated_at"],
        )


async def let_go(tx: Tx, scope: str) -> None:
    """What waited for the key goes on. All replicas forget the old one by the same NOTIFY."""
    for reason in OVERCOME:
        await lift(tx, scope, reason=reason)

"""With whose keys a workspace has whom asked: `Accounts` and `Sources` for the pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from enrichment.application.ports import StoreUnavailableError
from leadstream.accounts import Account, Plan
from leadstream.accounts.store import PostgresAccounts
from leadstream.postgres import UNAVAILABLE


class WorkspaceAccounts:
    """What can't be looked up for now is a passing fault of the attempt, as with everything that is kept."""

    def __init__(self, accounts: PostgresAccounts) -> None:
        self._accounts = accounts

    async def find(
        self, provider: str, workspace_id: UUID, *, training: bool = False
    ) -> Account | None:
        with _passing():
            return await self._accounts.find(provider, workspace_id, training=training)

    async def is_current(self, account: Account, workspace_id: UUID) -> bool:
        with _passing():
            return await self._accounts.is_current(account, workspace_id)

    async def of(self, workspace_id: UUID) -> Plan:
        with _passing():
            return await self._accounts.of(workspace_id)


@contextmanager
def _passing() -> Iterator[None]:
    try:
        yield
    except UNAVAILABLE as exc:
        raise StoreUnavailableError(f"accounts of workspaces: {exc}") from exc

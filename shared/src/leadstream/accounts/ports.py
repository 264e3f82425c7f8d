"""What the pipeline asks about a workspace's providers."""

from typing import Protocol
from uuid import UUID

from leadstream.accounts.model import Account
from leadstream.accounts.plan import Plan


class Accounts(Protocol):
    async def find(
        self, provider: str, workspace_id: UUID, *, training: bool = False
    ) -> Account | None:
        """The workspace's own account before the deployment's; None if there is neither.

        With `training`, one whose provider has a sandbox to ask. Raises UnreadableAccountError.
        """

    async def is_current(self, account: Account, workspace_id: UUID) -> bool:
        """Whether `find` would give the same key now: what was said of an older one holds nothing up."""


class Sources(Protocol):
    async def of(self, workspace_id: UUID) -> Plan:
        """What the workspace has asked for; where it has not, all providers that there is a key for.

        A provider that is asked for stays in the list when there is no key for it.
        """

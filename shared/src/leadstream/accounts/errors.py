from uuid import UUID

from leadstream.accounts.model import Account
from leadstream.errors import PermanentError


class UnreadableAccountError(PermanentError):
    """A workspace's own key is there, and none of ENCRYPTION_KEYS opens it."""

    def __init__(self, message: str, *, provider: str, workspace_id: UUID) -> None:
        super().__init__(message)
        # What is held until it is mended.
        self.scope = Account(provider=provider, workspace_id=workspace_id).scope


class WrongAccountError(Exception):
    """Credentials or settings that a provider's account can't have; the message holds no value."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field

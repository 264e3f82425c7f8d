"""A channel's secrets, encrypted for the row and column they are in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery.application.deliver import UnreadableSecretError
from leadstream.crypto import Cell, Keyring, UndecryptableError
from leadstream.http import WebhookSecret

TABLE = "channels"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSecrets:
    """The secret that signs, and the one before it, which still does during a rotation."""

    current: WebhookSecret
    previous: WebhookSecret | None = None

    def rotated_to(self, new: WebhookSecret) -> "SigningSecrets":
        return SigningSecrets(current=new, previous=self.current)


class Vault:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal_url(self, url: str, workspace_id: UUID, channel_id: UUID) -> bytes:
        return self._keyring.encrypt(url.encode(), _cell(workspace_id, "url", channel_id))

    def seal_secrets(self, secrets: SigningSecrets, workspace_id: UUID, channel_id: UUID) -> bytes:
        value = {
            "current": secrets.current.reveal(),
            "previous": secrets.previous.reveal() if secrets.previous else None,
        }
        return self._keyring.encrypt_json(value, _cell(workspace_id, "secrets", channel_id))

    def open_url(self, blob: bytes, workspace_id: UUID, channel_id: UUID) -> str:
        try:
            return self._keyring.decrypt(blob, _cell(workspace_id, "url", channel_id)).decode()
        except UndecryptableError as exc:
            raise UnreadableSecretError(str(exc)) from exc

    def open_secrets(self, blob: bytes, workspace_id: UUID, channel_id: UUID) -> SigningSecrets:
        try:
            value = self._keyring.decrypt_json(blob, _cell(workspace_id, "secrets", channel_id))
        except UndecryptableError as exc:
            raise UnreadableSecretError(str(exc)) from exc
        previous = value.get("previous")
        return SigningSecrets(
            current=WebhookSecret.parse(str(value["current"])),
            previous=WebhookSecret.parse(str(previous)) if previous else None,
        )

    def rewrap_url(self, blob: bytes, workspace_id: UUID, channel_id: UUID) -> bytes | None:
        """The value under the current key, or None if it is already. Raises UndecryptableError."""
        return self._keyring.rewrap(blob, _cell(workspace_id, "url", channel_id))

    def rewrap_secrets(self, blob: bytes, workspace_id: UUID, channel_id: UUID) -> bytes | None:
        """The value under the current key, or None if it is already. Raises UndecryptableError."""
        return self._keyring.rewrap(blob, _cell(workspace_id, "secrets", channel_id))


def signing_with(
    secrets: SigningSecrets, previous_until: datetime | None, *, now: datetime
) -> tuple[str, ...]:
    """The secrets a message is signed with at the moment, the newest first."""
    if secrets.previous is None or previous_until is None or previous_until <= now:
        return (secrets.current.reveal(),)
    return (secrets.current.reveal(), secrets.previous.reveal())


def _cell(workspace_id: UUID, column: str, channel_id: UUID) -> Cell:
    return Cell(workspace_id, TABLE, column, channel_id)

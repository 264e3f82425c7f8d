"""A source's secrets, encrypted for the row they are in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadstream.crypto import Cell, Keyring
from leadstream.http import WebhookSecret

TABLE, COLUMN = "push_sources", "secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSecrets:
    """What a source signs with, and what it signed with before: both are good during a rotation."""

    current: WebhookSecret
    previous: WebhookSecret | None = None

    def rotated_to(self, new: WebhookSecret) -> "SourceSecrets":
        return SourceSecrets(current=new, previous=self.current)

    def good_at(self, now: datetime, previous_until: datetime | None) -> list[WebhookSecret]:
        if self.previous is None or previous_until is None or previous_until <= now:
            return [self.current]
        return [self.current, self.previous]


class Vault:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, secrets: SourceSecrets, workspace_id: UUID, source_id: UUID) -> bytes:
        value = {
            "current": secrets.current.reveal(),
            "previous": secrets.previous.reveal() if secrets.previous else None,
        }
        return self._keyring.encrypt_json(value, _cell(workspace_id, source_id))

    def open(self, blob: bytes, workspace_id: UUID, source_id: UUID) -> SourceSecrets:
        """Raises UndecryptableError."""
        value = self._keyring.decrypt_json(blob, _cell(workspace_id, source_id))
        previous = value.get("previous")
        return SourceSecrets(
            current=WebhookSecret.parse(str(value["current"])),
            previous=WebhookSecret.parse(str(previous)) if previous else None,
        )


def _cell(workspace_id: UUID, source_id: UUID) -> Cell:
    return Cell(workspace_id, TABLE, COLUMN, source_id)

"""A source's secrets, encrypted for the row they are in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from leadstream.crypto import Cell, Keyring
from leadstream.http import WebhookSecret

TABLE, COLUMN = "push_sources", "secrets"


# Of one source: more rotations within a day are somebody's mistake.
MOST_PREVIOUS: Final = 5


@dataclass(frozen=True, slots=True)
class Previous:
    secret: WebhookSecret
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSecrets:
    """What a source signs with, and what it signed with before, newest first: all are good during a rotation.

    Also those of before the last rotation: whoever never got its answer rotates again, and the sender has neither.
    """

    current: WebhookSecret
    previous: tuple[Previous, ...] = ()

    def rotated_to(self, new: WebhookSecret, *, now: datetime, until: datetime) -> "SourceSecrets":
        before = (Previous(self.current, until), *self.previous)
        kept = [each for each in before if each.secret != new and each.until > now]
        return SourceSecrets(current=new, previous=tuple(kept[:MOST_PREVIOUS]))

    def good_at(self, now: datetime) -> list[WebhookSecret]:
        return [self.current, *(each.secret for each in self.previous if each.until > now)]


class Vault:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, secrets: SourceSecrets, workspace_id: UUID, source_id: UUID) -> bytes:
        value = {
            "current": secrets.current.reveal(),
            "previous": [
                {"secret": each.secret.reveal(), "until": each.until.isoformat()}
                for each in secrets.previous
            ],
        }
        return self._keyring.encrypt_json(value, _cell(workspace_id, source_id))

    def open(self, blob: bytes, workspace_id: UUID, source_id: UUID) -> SourceSecrets:
        """Raises UndecryptableError."""
        value: Any = self._keyring.decrypt_json(blob, _cell(workspace_id, source_id))
        previous = (
            Previous(WebhookSecret.parse(each["secret"]), datetime.fromisoformat(each["until"]))
            for each in value["previous"]
        )
        current = WebhookSecret.parse(str(value["current"]))
        return SourceSecrets(current=current, previous=tuple(previous))


def _cell(workspace_id: UUID, source_id: UUID) -> Cell:
    return Cell(workspace_id, TABLE, COLUMN, source_id)

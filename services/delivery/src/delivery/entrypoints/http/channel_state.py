"""A channel as a value, and the changes that people make to one."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from delivery.adapters.vault import SigningSecrets, Vault
from delivery.application.deliver import UnreadableSecretError
from delivery.domain.score import Score
from delivery.entrypoints.http.channel_bodies import ChannelType, WantedStatus
from leadstream.api import ConflictError, InvalidError
from leadstream.http import WebhookSecret


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A row of `channels`, with its secrets open. Two that are equal need no write."""

    id: UUID
    workspace_id: UUID
    min_score: Score
    status: str
    disabled_reason: str | None
    url: str = field(repr=False)
    secrets: SigningSecrets | None = field(repr=False)
    previous_secret_until: datetime | None

    def wanting(self, min_score: Score | None) -> "Channel":
        return replace(self, min_score=min_score or self.min_score)

    def at(self, url: str) -> "Channel":
        """A new URL is a new destination: what the old one said of itself does not hold for it."""
        if url == self.url:
            return self
        moved = replace(self, url=url)
        return moved.with_status(WantedStatus.ACTIVE) if self.disabled_reason else moved

    def signed_with(self, secret: WebhookSecret | None, *, until: datetime) -> "Channel":
        """A new secret; the present one signs on until the given time."""
        if secret is None or self.secrets is None or secret == self.secrets.current:
            return self
        rotated = self.secrets.rotated_to(secret)
        return replace(self, secrets=rotated, previous_secret_until=until)

    def as_told(self, status: WantedStatus | None) -> "Channel":
        """As a file says it each time it is applied: that mends no channel that its receiver switched off."""
        is_no_news = self.disabled_reason is not None and status is WantedStatus.ACTIVE
        return self if is_no_news else self.with_status(status)

    def with_status(self, status: WantedStatus | None) -> "Channel":
        return replace(self, status=status.value, disabled_reason=None) if status else self


def open_channel(row: Any, vault: Vault) -> Channel:
    """Raises ConflictError where no key opens it: it can be removed and made anew, or the key brought back."""
    try:
        return _opened(row, vault)
    except UnreadableSecretError as exc:
        raise ConflictError(str(exc)) from exc


def _opened(row: Any, vault: Vault) -> Channel:
    place = (row["workspace_id"], row["id"])
    return Channel(
        id=row["id"],
        workspace_id=row["workspace_id"],
        min_score=Score(row["min_score"]),
        status=row["status"],
        disabled_reason=row["disabled_reason"],
        url=vault.open_url(row["url"], *place),
        secrets=vault.open_secrets(row["secrets"], *place) if row["secrets"] else None,
        previous_secret_until=row["previous_secret_until"],
    )


def read_secret(kind: ChannelType, text: str | None) -> WebhookSecret | None:
    """Raises InvalidError, without the text in it."""
    if text is None:
        return None
    if kind is ChannelType.SLACK:
        raise InvalidError("a Slack channel has no secret but its URL", field="secret")
    try:
        return WebhookSecret.parse(text)
    except ValueError as exc:
        raise InvalidError(str(exc), field="secret") from exc

"""A workspace's way into a platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from platform_upload.domain.gaps import OnUpdate


class Status(StrEnum):
    ACTIVE = "active"
    # Somebody here wants it so.
    PAUSED = "paused"
    # The platform wants it so.
    DISABLED = "disabled"


class Hold(StrEnum):
    """Reasons for which the service itself pauses a connection. Saving it as active ends all of them."""

    MISSING = "connection_missing"
    PAUSED = "connection_paused"
    DISABLED = "connection_disabled"
    CREDENTIAL = "credential_refused"
    MISCONFIGURED = "misconfigured"
    QUOTA = "quota_exhausted"
    RATE = "rate_limited"
    CIRCUIT = "circuit_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    id: UUID
    workspace_id: UUID
    platform: str
    adapter: str
    # What may be shown; everything that may not is among the credentials.
    settings: Mapping[str, Any]
    credentials: Mapping[str, Any] = field(repr=False)
    status: Status = Status.ACTIVE
    disabled_reason: str | None = None
    # Rises with every change, so that an answer to an older version of it holds up nothing.
    version: int = 1
    rotated_at: datetime | None = None

    @property
    def lane(self) -> str:
        return lane_of(self.id)

    @property
    def on_update(self) -> OnUpdate:
        return OnUpdate(self.settings.get("on_update") or OnUpdate.FILL_GAPS)

    @property
    def held_by(self) -> Hold | None:
        holds = {Status.PAUSED: Hold.PAUSED, Status.DISABLED: Hold.DISABLED}
        return holds.get(self.status)

    def same_way(self, other: "Connection") -> bool:
        """Whether both lead into the same account by the same key."""
        ours = (self.adapter, self.settings, self.credentials)
        return ours == (other.adapter, other.settings, other.credentials)

    def saved_as(self, after: "Connection", *, now: datetime) -> "Connection":
        """The next version of this connection, or itself if nothing is different.

        What the platform said of the old way in does not hold for a new one.
        """
        same = self.same_way(after)
        status = after.status if same or after.status is not Status.DISABLED else Status.ACTIVE
        if same and status is self.status:
            return self
        return replace(
            after,
            status=status,
            disabled_reason=self.disabled_reason if status is Status.DISABLED else None,
            version=self.version + 1,
            rotated_at=now if self.credentials != after.credentials else self.rotated_at,
        )


def lane_of(connection_id: UUID) -> str:
    """The scope that the connection's uploads are claimed and paused by."""
    return f"connection:{connection_id}"


def connection_of(lane: str) -> UUID:
    return UUID(lane.removeprefix("connection:"))

"""What the channel routes take and give."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field

from delivery.domain.score import Score
from delivery.entrypoints.http.fields import Name, SecretText, Url


class ChannelType(StrEnum):
    SLACK = "slack"
    WEBHOOK = "webhook"


class WantedStatus(StrEnum):
    """What a person may want; `disabled` is for the destination to say."""

    ACTIVE = "active"
    PAUSED = "paused"


class NewChannel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    type: ChannelType
    name: Name
    url: Url = Field(repr=False)
    min_score: Score = Field(Score.COLD, description="The least score that is worth a message.")
    status: WantedStatus | None = Field(None, description="Left out: as it is, `active` at first.")
    secret: SecretText | None = Field(
        None,
        repr=False,
        description="`whsec_…` that a webhook is signed with; left out: one is made and told once.",
    )


class ChannelChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Url | None = Field(None, repr=False)
    min_score: Score | None = None
    status: WantedStatus | None = None


class Rotation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: SecretText | None = Field(
        None, repr=False, description="A webhook's new secret; left out: one is made."
    )
    url: Url | None = Field(
        None, repr=False, description="A Slack channel's new URL, which is its secret."
    )


def origin_of(url: str) -> str:
    """The part of a URL that is no secret."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def render_channel(row: Any, secret: str | None = None) -> dict[str, Any]:
    """A channel without its secrets: of the URL, the origin."""
    shown = {
        name: row[name]
        for name in (
            "id",
            "workspace_id",
            "type",
            "name",
            "min_score",
            "status",
            "disabled_reason",
            "previous_secret_until",
            "created_at",
            "updated_at",
        )
    }
    shown["url"] = f"{row['url_origin']}/…"
    # A new one is held by nothing.
    shown["held_by"] = row.get("held_by")
    return shown | {"secret": secret} if secret else shown

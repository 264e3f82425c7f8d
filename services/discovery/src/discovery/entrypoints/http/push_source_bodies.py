"""What the routes of sources take and give."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from discovery.entrypoints.http.bodies import Body, Name

SecretText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Topics = Annotated[dict[Name, Name], Field(max_length=100)]


class PushSourceStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class PushSourceChangeBody(Body):
    """What is left out stays as it is."""

    query: Name | None = Field(
        None, description="The query that is fed by signals without a topic of `topics`; by name."
    )
    topics: Topics | None = Field(None, description="Which topic feeds which query, by name.")
    status: PushSourceStatus | None = Field(None, description="A new source is active.")


class PushSourceBody(PushSourceChangeBody):
    workspace_id: UUID
    name: Name = Field(description="With the workspace's, the source's id is derived from it.")
    secret: SecretText | None = Field(
        None,
        repr=False,
        description="`whsec_…` that it signs with; left out: one is made and told once. Another than before: rotated.",
    )


class PushSourceRotation(Body):
    secret: SecretText | None = Field(
        None, repr=False, description="The new secret; left out: one is made and told once."
    )


class PushSource(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str
    query: str | None
    topics: dict[str, str]
    status: PushSourceStatus
    path: str = Field(description="Where its signals are posted.")
    previous_secret_until: datetime | None = Field(
        description="Until then the secret before is good as well."
    )
    created_at: datetime
    updated_at: datetime


class PushSourceWithSecret(PushSource):
    secret: str | None = Field(None, description="A new one, told this once.")


def render_source(row: Any, secret: str | None = None) -> dict[str, Any]:
    shown = {name: row[name] for name in PushSource.model_fields if name != "path"}
    shown["path"] = f"/api/sources/{row['id']}/signals"
    return shown | {"secret": secret} if secret else shown

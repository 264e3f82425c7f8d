"""What the connection routes take and give."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Fields = Annotated[dict[str, Any], Field(max_length=20)]


class WantedStatus(StrEnum):
    """What a person may want; `disabled` is for the platform to say."""

    ACTIVE = "active"
    PAUSED = "paused"


class NewConnection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    platform: Word = Field(description="`tech-platform`, `finance-platform` …")
    adapter: Word = Field(description="`fhir`, `hubspot`, `salesforce`, `webhook`.")
    settings: Fields | None = Field(None, description="Left out: as they are.")
    credentials: Fields | None = Field(None, description="Left out: as they are.", repr=False)
    status: WantedStatus | None = Field(None, description="Left out: as it is, `active` at first.")


class ConnectionChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    adapter: Word | None = None
    settings: Fields | None = None
    credentials: Fields | None = Field(None, repr=False)
    status: WantedStatus | None = None


class Rotation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    credentials: Fields = Field(repr=False, min_length=1)


def render_connection(row: Any) -> dict[str, Any]:
    """A connection without its credentials, and with what its uploads wait for."""
    return {**row, "held_by": row["held_by"] or []}

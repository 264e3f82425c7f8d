"""What the routes of accounts and sources take and give. Credentials are never given."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from leadstream.accounts.plan import StopWhen

Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Fields = Annotated[dict[str, Any], Field(max_length=20)]
Names = Annotated[list[Word], Field(max_length=20)]
SomeNames = Annotated[list[Word], Field(min_length=1, max_length=20)]

_DEPLOYMENTS = "Null: all that there is a key for."
_TRAINING = "Only providers' sandboxes are asked: answers are made up, and cost nothing."


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    provider: Word = Field(description="`people_data_labs`, `g2` …")
    credentials: Fields | None = Field(None, description="Left out: as they are.", repr=False)
    settings: Fields | None = Field(None, description="Left out: as they are.")


class NewCredentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    credentials: Fields = Field(repr=False, min_length=1)


class ProviderAccount(BaseModel):
    id: UUID
    workspace_id: UUID
    provider: str
    settings: dict[str, Any]
    version: int = Field(description="Rises with every change.")
    held_by: list[str] = Field(description="What leads that would be asked about with it wait for.")
    created_at: datetime
    updated_at: datetime
    rotated_at: datetime | None


class RemovedAccount(BaseModel):
    id: UUID
    workspace_id: UUID
    provider: str


class AccountTest(BaseModel):
    account_id: UUID
    ok: bool
    message: str
    code: str | None = Field(description="A word for programs.")
    status_code: int | None
    said: str | None = Field(description="The provider's own words.")


class RotatedAccountKeys(BaseModel):
    rewrapped: int
    unreadable: int = Field(description="No key opens them: give them new credentials.")
    key_id: str


class _Wanted(BaseModel):
    """What is left out stays as it is; null is the deployment's."""

    model_config = ConfigDict(extra="forbid")

    training: bool | None = Field(None, description=_TRAINING)


class IntentSources(_Wanted):
    intent: SomeNames | None = Field(None, description="In order.")


class ContactSources(_Wanted):
    contacts: SomeNames | None = Field(None, description="Who is asked first, second …")
    verify: Names | None = Field(None, description="Who verifies addresses; empty: nobody.")
    stop_when: StopWhen | None = Field(None, description="When the next source is not asked.")


class _Set(BaseModel):
    workspace_id: UUID
    training: bool = Field(description=_TRAINING)
    is_default: bool = Field(description="The workspace has said nothing.")
    without_key: list[str] = Field(
        description="Of those that are asked: nobody has a key for them, and leads wait."
    )
    updated_at: datetime | None


class IntentPlan(BaseModel):
    intent: list[str]


class SetIntentSources(_Set):
    intent: list[str] | None = Field(description=_DEPLOYMENTS)
    asked: IntentPlan


class ContactPlan(BaseModel):
    contacts: list[str]
    verify: list[str]


class SetContactSources(_Set):
    contacts: list[str] | None = Field(description=_DEPLOYMENTS)
    verify: list[str] | None = Field(description=_DEPLOYMENTS)
    stop_when: StopWhen
    asked: ContactPlan

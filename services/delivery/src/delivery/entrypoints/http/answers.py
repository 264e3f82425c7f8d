"""What the routes answer. None of it holds a secret, but for a new one that is told once."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from delivery.adapters.email.suppressions import AtResend
from delivery.application.sender_checks import Grade
from delivery.domain.delivery import Channel as Medium
from delivery.domain.delivery import Status
from delivery.domain.fate import Fate
from delivery.domain.score import Score
from delivery.entrypoints.http.channel_bodies import ChannelType
from delivery.entrypoints.http.preferences import PreferencesBody

SuppressionReason = Literal["unsubscribed", "bounced", "complained", "manual"]


class Recipient(BaseModel):
    id: UUID
    workspace_id: UUID
    email: str
    full_name: str | None
    min_score: Score
    enabled: bool
    admin: bool = Field(description="Whether they are told of channels that don't work.")
    preferences: PreferencesBody = Field(description="When they are told of leads.")
    suppressed: SuppressionReason | None = Field(description="Why it gets nothing all the same.")
    created_at: datetime
    updated_at: datetime


class Suppression(BaseModel):
    id: UUID
    workspace_id: UUID
    email: str
    reason: SuppressionReason
    everywhere: Literal["bounced", "complained"] | None = Field(
        description="Why no other workspace's recipients get anything there, either."
    )
    created_at: datetime


class SenderAnswer(BaseModel):
    id: UUID
    workspace_id: UUID
    from_address: str | None = Field(description="Null: the deployment's, as all of these.")
    reply_to: str | None
    footer: str | None
    is_default: bool = Field(description="Whether all of it is the deployment's.")


class SenderCheck(BaseModel):
    grade: Grade
    detail: str
    advice: str = Field(description="What to do about it; empty where nothing is to be done.")


class SenderChecks(BaseModel):
    items: list[SenderCheck]


class LiftedSuppression(Suppression):
    lifted: int = Field(description="With those of other workspaces that said the same of it.")
    resend: AtResend = Field(description="What became of it on Resend's own list.")
    note: str = Field(description="What is still to be done, or that nothing is.")


class RejectedLine(BaseModel):
    line: int
    reason: str


class ImportedSuppressions(BaseModel):
    added: int
    known: int = Field(description="Were suppressed already: their first reason stays.")
    rejected: list[RejectedLine]


class ChannelAnswer(BaseModel):
    id: UUID
    workspace_id: UUID
    type: ChannelType
    name: str
    min_score: Score
    status: Literal["active", "paused", "disabled"] = Field(
        description="`disabled`: by its receiver; its leads wait, and it is tried once a day."
    )
    disabled_reason: str | None = Field(description="What the receiver said.")
    held_by: list[str] | None = Field(description="Reasons of the pauses that hold it now.")
    url: str = Field(description="The origin only: the rest may be a secret.")
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class ChannelWithSecret(ChannelAnswer):
    secret: str = Field("", description="A webhook's new secret; told here, and never again.")


class TestResult(BaseModel):
    id: UUID
    delivered: bool
    status_code: int | None
    error_class: str | None
    error: str | None


class DeliveryAnswer(BaseModel):
    id: UUID
    job_id: UUID
    workspace_id: UUID
    lead_id: UUID
    revision: int
    channel: Medium
    destination_id: UUID = Field(description="A recipient or a channel.")
    status: Status = Field(
        description="`held`: pending behind a pause that lasts, or until a digest; its lead was announced without it."
    )
    held_by: list[str] | None = Field(description="Reasons of the pauses that hold it now.")
    attempts: int
    receipt: str | None = Field(description="What the destination called it.")
    error_class: str | None
    error: str | None
    status_code: int | None
    due_at: datetime | None = Field(
        description="Until when it waits for a digest; it has no job of its own then."
    )
    digest_id: UUID | None = Field(description="The digest that tells of it, which is its job.")
    delivered_at: datetime | None
    fate: Fate | None = Field(
        description="Of an e-mail: what Resend has told of it since it accepted it. `accepted`: nothing yet."
    )
    fate_at: datetime | None
    created_at: datetime
    updated_at: datetime


class DestinationSummary(BaseModel):
    workspace_id: UUID
    channel: Medium
    destination_id: UUID = Field(description="A recipient or a channel.")
    delivered: int
    failed: int
    pending: int = Field(description="Those that are held, too.")
    cancelled: int
    last_error: str | None = Field(description="What went wrong there last, however long ago.")
    last_error_at: datetime | None


class DeliveriesSummary(BaseModel):
    since: datetime = Field(
        description="From when on all are counted: later than asked for where there are very many."
    )
    destinations: list[DestinationSummary] = Field(description="Busiest first.")
    more: bool = Field(description="There are more destinations than are told.")

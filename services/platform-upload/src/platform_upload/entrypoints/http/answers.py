"""What the routes answer. Credentials are never among it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from platform_upload.domain.connection import Status


class UploadStatus(StrEnum):
    PENDING = "pending"
    UPLOADED = "uploaded"
    FAILED = "failed"
    REFUSED = "refused"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ConnectionAnswer(BaseModel):
    id: UUID
    workspace_id: UUID
    platform: str
    adapter: str
    settings: dict[str, Any]
    status: Status
    disabled_reason: str | None
    version: int = Field(description="Rises with every change.")
    held_by: list[str] = Field(description="What its uploads wait for.")
    created_at: datetime
    updated_at: datetime
    rotated_at: datetime | None


class TestResult(BaseModel):
    connection_id: UUID
    ok: bool
    message: str
    verdict: str | None
    code: str | None
    status_code: int | None


class RotatedKeys(BaseModel):
    rewrapped: int
    unreadable: int = Field(description="No key opens them: give them new credentials.")
    key_id: str


class FieldAdjustment(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    field: str = Field(description="As the platform calls it.")
    action: Literal["mended", "left_out"]
    said: str = Field(description="The platform's word for it, or ours.")
    ours: str | None = Field(None, description="What of the lead it is made from.")


class Rejection(BaseModel):
    """Why a platform, or we, won't have a lead."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="The platform's own word where it has one.")
    message: str
    field: str | None = Field(description="As the platform calls it, where it names one.")
    ours: str | None = Field(description="What of the lead it is made from: what to override.")


class Upload(BaseModel):
    id: UUID = Field(description="Of its job, too.")
    workspace_id: UUID
    lead_id: UUID
    platform: str
    revision: int
    intent_score: str
    status: UploadStatus
    adapter: str | None
    outcome: Literal["created", "updated"] | None
    external_id: str | None
    attempts: int
    error: str | None
    rejection: Rejection | None = Field(
        description="Why the lead itself is refused; null where it is the platform or the way there."
    )
    overrides: dict[str, Any] = Field(description="What a person has corrected in it.")
    adjustments: list[FieldAdjustment] = Field(
        description="Fields that did not go out as they are here."
    )
    next_attempt_at: datetime | None
    held_by: list[str] = Field(description="What a waiting upload waits for.")
    created_at: datetime
    updated_at: datetime
    uploaded_at: datetime | None
    billed_at: datetime | None = Field(
        description="When this upload was billed. A lead is billed once a platform, whatever its revision."
    )


class BillingEvent(BaseModel):
    id: UUID
    workspace_id: UUID
    lead_id: UUID
    platform: str
    event_type: Literal["platform_upload"]
    quantity: int
    metadata: dict[str, Any]
    created_at: datetime


class PlatformSummary(BaseModel):
    workspace_id: UUID
    platform: str
    uploaded: int
    failed: int
    pending: int
    others: int = Field(description="Refused, closed or cancelled.")
    last_error: str | None = Field(description="What went wrong there last, however long ago.")
    last_error_at: datetime | None


class UploadsSummary(BaseModel):
    since: datetime = Field(
        description="From when on all are counted: later than asked for where there are very many."
    )
    platforms: list[PlatformSummary] = Field(description="By workspace; busiest first.")
    more: bool = Field(description="There are more than are told.")


class BillingComparison(BaseModel):
    workspace_id: UUID
    platform: str
    accepted: int = Field(description="Leads that the platform accepted then.")
    billed: int
    elsewhen: int = Field(
        description="Of the accepted, those billed at another time: with an earlier revision, mostly."
    )
    unbilled: int = Field(description="Of the accepted, those without a billing event.")
    unbilled_leads: list[UUID] = Field(description="Some of them.")
    unfounded: int = Field(description="Of the billed, those without an accepted upload.")
    unfounded_leads: list[UUID] = Field(description="Some of them.")


class BillingSummary(BaseModel):
    since: datetime
    until: datetime
    platforms: list[BillingComparison] = Field(description="By workspace; what differs first.")
    more: bool = Field(description="There are more than are told: ask for one workspace.")


class BillingEventCount(BaseModel):
    count: int
    platforms: dict[str, int]

"""What the routes answer."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Account(BaseModel):
    id: UUID
    workspace_id: UUID
    email: str
    role: str
    daily_credit_limit: int
    daily_credits_used: int = Field(description="Reserved and spent.")
    credit_day: date | None = Field(description="The day they count for; null before the first.")
    created_at: datetime
    updated_at: datetime


class LedgerEntry(BaseModel):
    id: UUID
    entry: Literal["reserve", "commit", "release", "reset"]
    credits: int
    day: date | None
    job_id: UUID | None
    lead_id: UUID | None
    open: bool = Field(description="A reservation that has not ended.")
    created_at: datetime


class Budget(BaseModel):
    id: UUID
    workspace_id: UUID
    daily_calls: int | None = Field(description="Null: no limit.")
    is_default: bool
    calls_today: int

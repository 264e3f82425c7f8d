"""What the calls answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from scheduler.domain.schedule import CatchUp


class PastTime(BaseModel):
    scheduled_for: datetime
    tick_id: UUID | None = Field(
        description="Null: there is no tick. Up to `settled_until` there will be none."
    )
    emitted_at: datetime | None
    manual: bool


class ScheduleAnswer(BaseModel):
    name: str
    id: UUID
    cron: str
    timezone: str
    catch_up: CatchUp
    enabled: bool
    params: dict[str, Any]
    paused: bool
    pause_reason: str | None
    settled_until: datetime = Field(description="Every time up to here has its tick or needs none.")
    next_at: datetime | None
    next_times: list[datetime] = Field(description="The next five; none while it does not run.")
    past: list[PastTime] = Field(
        default_factory=list,
        description=(
            "As many of its last times as are asked for, in order: its ticks, and since it was put last, what by its "
            "cron is missing."
        ),
    )
    created_at: datetime
    updated_at: datetime


class TickAnswer(BaseModel):
    id: UUID
    schedule: str
    scheduled_for: datetime
    emitted_at: datetime
    manual: bool
    params: dict[str, Any]


class Triggered(BaseModel):
    tick_id: UUID
    scheduled_for: datetime


class Backfilled(BaseModel):
    dry_run: bool
    ticks: list[datetime] = Field(description="The times that had no tick.")

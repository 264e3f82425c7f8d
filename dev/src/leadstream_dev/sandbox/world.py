"""What all providers of one sandbox share: the seed, the day and the clock."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """The settings `/_control/settings` shows and changes."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None
    """The day the data is for; without one, today."""
    results: int = Field(default=50, ge=0, le=1000)
    """How many companies a search finds."""
    odd: bool = True
    """Whether some of them are malformed or strange."""
    clock_offset: float = 0.0
    """Seconds the providers' clocks are ahead, to outlive a 24-hour key in a test."""


@dataclass(slots=True)
class World:
    seed: int
    settings: Settings = field(default_factory=Settings)
    first_day: date | None = None
    """The day it was started with, to go back to on a reset."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.settings.clock_offset)

    def today(self) -> date:
        return self.settings.day or self.now().date()

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery.domain.delivery import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an attempt, or the lack of one, means for a delivery."""

    delivery_id: UUID
    at: datetime
    # None: it goes on as it is.
    status: Status | None = None
    tried: bool = False
    unanswered: bool = False
    # The answer leaves no doubt about whether the attempt had its effect, and there was none before.
    certain: bool = False
    receipt: str | None = None
    error_class: str | None = None
    error: str | None = None
    status_code: int | None = None

"""What an attempt that succeeded hands over to be written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from enrichment.application.ports import ClosedCall, Flight
from enrichment.domain.answer import Answer
from enrichment.domain.lead import Lead, SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    lead: Lead
    reason: SkipReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    lead: Lead
    answer: Answer
    # Whether this job paid for the answer; else it was there, or somebody else's.
    paid: bool
    at: datetime
    # Set when the answer is new: to be kept, and its last call closed.
    flight: Flight | None = None
    closed: ClosedCall | None = None


Result: TypeAlias = Skipped | Completed

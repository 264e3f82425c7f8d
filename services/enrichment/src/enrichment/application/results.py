"""What an attempt hands over to be written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from enrichment.application.ports import ClosedCall, Ending, Flight
from enrichment.domain.answer import Answer
from enrichment.domain.lead import Lead, SkipReason
from leadstream.jobs.model import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One source's new answer: to be kept, and its last call closed."""

    answer: Answer
    flight: Flight
    closed: ClosedCall | None
    # When the source gave it.
    at: datetime
    # Verifiers that can't be asked for now: of whose own scopes people should see it.
    holds: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    lead: Lead
    reason: SkipReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    lead: Lead
    # What the sources know together; its credits are those that this job has paid.
    answer: Answer
    # Who was asked, in this order.
    providers: tuple[str, ...]
    # Whether this job paid for any of it; else it was there, or somebody else's.
    paid: bool
    at: datetime
    # Set when the last source's answer is new.
    kept: Kept | None = None
    # How the last source's call ended, if it refused to say anything: what those before it know is told all the same.
    refused: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """The next source is asked. None: this one's answer was there already."""

    kept: Kept | None = None


Result: TypeAlias = Skipped | Completed

"""A lead as discovery knows it, from the search that found it first to the latest that saw it again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from discovery.domain.company import Document, refresh
from discovery.domain.finding import Finding
from discovery.domain.scoring import Score, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    id: UUID
    workspace_id: UUID
    query_id: UUID | None
    key: str
    domain: str | None
    company: Document
    score: Score
    # The highest score that was ever told to others. A fall is not announced, so a return to it isn't either.
    announced: Score
    revision: int
    created_at: datetime
    # What was seen last, and when.
    signals: tuple[Signal, ...] = ()
    seen_at: datetime | None = None


# The leads of one workspace, by what makes them the same company.
Shelf = Mapping[str, Lead]


def discover(
    finding: Finding, *, lead_id: UUID, workspace_id: UUID, query_id: UUID, now: datetime
) -> Lead:
    return Lead(
        id=lead_id,
        workspace_id=workspace_id,
        query_id=query_id,
        key=finding.key,
        domain=finding.company.domain,
        company=finding.company.document(),
        score=finding.score,
        announced=finding.score,
        revision=1,
        created_at=now,
        signals=finding.signals,
        seen_at=now,
    )


def observe(lead: Lead, finding: Finding, *, now: datetime) -> Lead:
    """See a known lead again: what it wants now replaces what it wanted; a rise is a new revision."""
    seen = replace(lead, score=finding.score, signals=finding.signals, seen_at=now)
    if not finding.score.is_above(lead.announced):
        return seen
    return replace(
        seen,
        revision=lead.revision + 1,
        announced=finding.score,
        company=refresh(lead.company, finding.company.document()),
    )

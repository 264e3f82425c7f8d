"""A lead as discovery knows it, from the search that found it first to the latest that saw it again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from uuid import UUID

from discovery.domain.company import Document, refresh
from discovery.domain.finding import Finding
from discovery.domain.scoring import Score, Signal, distinct, score, strongest
from discovery.domain.search import Query, Topic

# A query, and the source that it asked: `datashopper`.
Viewpoint = tuple[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one query saw of a company in one source when it saw it there last."""

    # What the query was about when it saw the company first; None where nobody knows.
    topic_id: UUID | None
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    id: UUID
    workspace_id: UUID
    query_id: UUID | None
    # What it was found for: it stays that, whatever its query is about later.
    topic: Topic | None
    key: str
    domain: str | None
    company: Document
    # The highest score that was ever told to others. A fall is not announced, so a return to it isn't either.
    announced: Score
    revision: int
    created_at: datetime
    # What is seen from one place takes nothing from what was seen from another.
    sights: Mapping[Viewpoint, Sight]
    seen_at: datetime | None = None

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What all queries together saw, in all sources."""
        seen = (sight.signals for sight in self.sights.values())
        return strongest(distinct(chain.from_iterable(seen)))

    @property
    def score(self) -> Score:
        return score(self.signals)


# The leads of one workspace, by what makes them the same company.
Shelf = Mapping[str, Lead]


def discover(finding: Finding, *, lead_id: UUID, query: Query, source: str, now: datetime) -> Lead:
    return Lead(
        id=lead_id,
        workspace_id=query.workspace_id,
        query_id=query.id,
        topic=query.topic,
        key=finding.key,
        domain=finding.company.domain,
        company=finding.company.document(),
        announced=finding.score,
        revision=1,
        created_at=now,
        sights={(query.id, source): Sight(topic_id=query.topic.id, signals=finding.signals)},
        seen_at=now,
    )


def observe(
    lead: Lead, finding: Finding, *, query: Query, source: str, now: datetime, adds: bool = False
) -> Lead:
    """See a known lead again: it replaces what the query saw before in that source, or adds to it.

    A rise of all is a new revision.
    """
    before = lead.sights.get((query.id, source)) if adds else None
    signals = (*before.signals, *finding.signals) if before else finding.signals
    sight = Sight(topic_id=_topic_seen_for(lead, query), signals=strongest(distinct(signals)))
    seen = replace(lead, sights={**lead.sights, (query.id, source): sight}, seen_at=now)
    if lead.domain is None and finding.company.domain is not None:
        seen = _located(seen, finding)
    if not seen.score.is_above(lead.announced):
        return seen
    return replace(
        seen,
        revision=lead.revision + 1,
        announced=seen.score,
        company=refresh(seen.company, finding.company.document()),
    )


def _topic_seen_for(lead: Lead, query: Query) -> UUID | None:
    """What the query was about when it saw the lead first, in whichever source."""
    topics = (
        sight.topic_id for (query_id, _), sight in lead.sights.items() if query_id == query.id
    )
    return next(topics, query.topic.id)


def _located(lead: Lead, finding: Finding) -> Lead:
    """A lead that was known by its name only, and is known by its domain from now on."""
    domain = finding.company.domain
    return replace(lead, key=finding.key, domain=domain, company={**lead.company, "domain": domain})

"""A lead's way through the pipeline, told by events that may come in any order and any number of times.

What is kept of them is one fact for each (kind, revision, subject), the latest; where a lead stands is a function of
its facts alone. So neither order nor repetition can matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Key = tuple["FactKind", int, str]


class FactKind(StrEnum):
    DISCOVERED = "discovered"
    ENRICHED = "enriched"
    DELIVERED = "delivered"
    UPLOADED = "uploaded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    kind: FactKind
    revision: int
    # The platform of an upload, the stage (and job) of a failure: `delivery/<job>`; else empty.
    subject: str = ""
    happened_at: datetime
    # A digest of the event: decides between two that happened at the same moment.
    digest: str
    status: str | None = None
    score: str | None = None
    error: str | None = None
    # Of a lead that somebody else discovered: when, as its events say.
    discovered_at: datetime | None = None
    detail: Mapping[str, Any] | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.revision, self.subject

    @property
    def age(self) -> tuple[int, datetime, str]:
        """The higher, the newer: revisions first, whatever the clocks say."""
        return self.revision, self.happened_at, self.digest

    @property
    def stage(self) -> str:
        """The stage a failure was in."""
        return self.subject.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a lead stands. The statuses are those of its newest revision."""

    revision: int
    enrichment_status: str
    enrichment: Fact | None
    delivery_status: str
    delivered_at: datetime | None
    upload: Fact | None
    last_error: str | None
    # The newest revision that discovery itself has made; 0 for a lead that somebody else announced.
    own_revision: int
    created_at: datetime


def merge(known: Iterable[Fact], told: Iterable[Fact]) -> dict[Key, Fact]:
    """All facts, the latest of each key."""
    facts: dict[Key, Fact] = {}
    for fact in (*known, *told):
        kept = facts.get(fact.key)
        if kept is None or fact.age > kept.age:
            facts[fact.key] = fact
    return facts


def standing(facts: Iterable[Fact]) -> Standing:
    """Where these facts put their lead; there must be one at least."""
    facts = list(facts)
    revision = max(fact.revision for fact in facts)
    enrichment = _newest(facts, FactKind.ENRICHED)
    delivery = _newest(facts, FactKind.DELIVERED)
    return Standing(
        revision=revision,
        enrichment_status=_enrichment_status(facts, revision, enrichment),
        enrichment=enrichment,
        delivery_status=_status_in(delivery, revision) or "pending",
        delivered_at=delivery.happened_at if delivery else None,
        upload=_newest(facts, FactKind.UPLOADED),
        last_error=_last_error(facts),
        own_revision=max((f.revision for f in facts if f.kind is FactKind.DISCOVERED), default=0),
        created_at=_created_at(facts),
    )


def _enrichment_status(facts: list[Fact], revision: int, enrichment: Fact | None) -> str:
    # A success never shows failed, even if the failure that came before it is heard of later.
    if status := _status_in(enrichment, revision):
        return status
    failed = any(
        fact.kind is FactKind.FAILED and fact.stage == "enrichment" and fact.revision == revision
        for fact in facts
    )
    return "failed" if failed else "pending"


def _status_in(fact: Fact | None, revision: int) -> str | None:
    return fact.status if fact and fact.revision == revision else None


def _last_error(facts: list[Fact]) -> str | None:
    standing_errors = [fact for fact in facts if fact.error and not _is_overcome(fact, facts)]
    return max(standing_errors, key=lambda fact: fact.age).error if standing_errors else None


def _is_overcome(failure: Fact, facts: list[Fact]) -> bool:
    """Whether its stage has succeeded since, for this revision or a later one."""
    stage = "delivery" if failure.kind is FactKind.DELIVERED else failure.stage
    return any(fact.revision >= failure.revision and _succeeded_in(fact) == stage for fact in facts)


def _succeeded_in(fact: Fact) -> str | None:
    match fact.kind:
        case FactKind.ENRICHED:
            return "enrichment"
        case FactKind.DELIVERED if fact.status == "delivered":
            return "delivery"
        case FactKind.UPLOADED:
            return "platform-upload"
        case _:
            return None


def _created_at(facts: list[Fact]) -> datetime:
    own = [fact.happened_at for fact in facts if fact.kind is FactKind.DISCOVERED]
    told = [fact.discovered_at for fact in facts if fact.discovered_at is not None]
    return min(own or told or [fact.happened_at for fact in facts])


def _newest(facts: list[Fact], kind: FactKind) -> Fact | None:
    return max((f for f in facts if f.kind is kind), key=lambda fact: fact.age, default=None)

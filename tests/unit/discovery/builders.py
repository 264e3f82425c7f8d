"""Builders for what discovery's domain is made of."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from discovery.domain.company import Company
from discovery.domain.finding import Finding
from discovery.domain.scoring import Signal, Strength
from discovery.domain.search import Filters, Query, QueryStatus, Topic
from leadstream.accounts import Account
from leadstream.ids import derived_id

NOW = datetime(2026, 1, 22, 2, 0, tzinfo=UTC)
WORKSPACE = UUID("5f0c1d1e-0000-4000-8000-000000000001")


def signals(high: int = 0, medium: int = 0, low: int = 0) -> tuple[Signal, ...]:
    """So many different signals of each strength."""
    strengths = [Strength.HIGH] * high + [Strength.MEDIUM] * medium + [Strength.LOW] * low
    return tuple(
        Signal(
            signal_type="Visited competitor website",
            strength=strength,
            detected_at=NOW - timedelta(hours=number),
            source="DataShopper",
        )
        for number, strength in enumerate(strengths)
    )


def a_finding(
    domain: str | None = "acme.com", *, name: str = "Acme Corp", seen: Sequence[Signal] = ()
) -> Finding:
    return Finding(company=Company(name=name, domain=domain), signals=tuple(seen))


async def always_enough(findings: Sequence[Finding]) -> bool:
    return True


class FakeTurns:
    """Gives so many rights, and then none."""

    def __init__(self, count: int = 100) -> None:
        self.left = count

    async def take(self, account: Account) -> bool:
        self.left -= 1
        return self.left >= 0


def a_query(
    name: str = "AI tools in California", *, workspace_id: UUID = WORKSPACE, topic: str = "AI"
) -> Query:
    return Query(
        id=derived_id("query", workspace_id, name),
        workspace_id=workspace_id,
        name=name,
        topic=Topic(id=derived_id("topic", topic), name=topic, category="technology"),
        filters=Filters(),
        status=QueryStatus.ACTIVE,
    )

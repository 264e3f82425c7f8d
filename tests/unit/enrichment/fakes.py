"""Doubles for what enriching a lead needs from the outside."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from enrichment.application.enrich_lead import EnrichLead
from enrichment.application.ports import (
    Ask,
    Begun,
    ClosedCall,
    Flight,
    OverCap,
    StoreUnavailableError,
    Verification,
)
from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact, EmailStatus
from leadstream.accounts import Account
from leadstream.companies import company_domain
from leadstream.jobs.model import Job, Priority
from support.clock import FakeClock

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


def a_job(*, manual: bool = False, name: str = "Acme", domain: str | None = "acme.com") -> Job:
    workspace_id, lead_id = uuid4(), uuid4()
    lead = {
        "lead_id": str(lead_id),
        "workspace_id": str(workspace_id),
        "revision": 1,
        "company": {"name": name, "domain": domain},
        "discovered_at": NOW.isoformat(),
    }
    return Job(
        id=uuid4(),
        kind="enrich-lead",
        priority=Priority.HOT,
        lane=f"budget:{workspace_id}",
        payload={"lead": lead, "manual": manual, "account_id": None},
        workspace_id=workspace_id,
        lead_id=lead_id,
        attempts=0,
        lost=0,
        created_at=NOW,
        lease_id=uuid4(),
    )


def people(*names: str) -> Answer:
    return Answer(
        contacts=tuple(
            Contact(id=name, full_name=name, email=f"{name}@acme.com") for name in names
        ),
        credits_used=1,
    )


def a_flight(*, paid_by: UUID | None = None) -> Flight:
    return Flight(
        id=uuid4(), provider="clay", owner="all", domain="acme.com", paid_by=paid_by or uuid4()
    )


@dataclass(slots=True)
class FakeAnswers:
    begun: Begun | None = None
    away: bool = False
    lost_after: int | None = None
    erased: frozenset[str] | None = frozenset()
    kept: list[tuple[Answer, ClosedCall | None, int | None]] = field(default_factory=list)
    budgeted: bool | None = None
    over_cap: OverCap | None = None
    pending: list[str] = field(default_factory=list)

    async def begin(
        self,
        job: Job,
        *,
        account: Account,
        domain: str,
        most_units: Decimal,
        budgeted: bool,
        fresher_than: datetime | None = None,
    ) -> Begun:
        if self.away:
            raise StoreUnavailableError("away")
        self.budgeted = budgeted
        return self.begun or Ask(a_flight(paid_by=job.id))

    async def without_erased(self, answer: Answer) -> Answer:
        if self.erased is None:
            raise StoreUnavailableError("away")
        left = tuple(each for each in answer.contacts if each.id not in self.erased)
        return replace(answer, contacts=left)

    async def advance(
        self,
        job: Job,
        flight: Flight,
        answer: Answer,
        closed: ClosedCall | None,
        *,
        opens: Verification | None,
    ) -> UUID | OverCap | None:
        if self.lost_after is not None and len(self.kept) >= self.lost_after:
            raise StoreUnavailableError("away")
        self.kept.append((answer, closed, None if opens is None else opens.position))
        if opens is None:
            return None
        return self.over_cap or uuid4()

    async def keep_pending(self, job: Job, flight: Flight, ref: str) -> None:
        self.pending.append(ref)


@dataclass(slots=True)
class FakeSource:
    answer: Answer | Exception = field(default_factory=lambda: people("ann"))
    verdicts: dict[str, EmailStatus | Exception] = field(default_factory=dict)
    before_verifying: Callable[[], object] = lambda: None
    enriched: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)

    async def enrich(self, *, domain: str, company_name: str) -> Answer:
        self.enriched.append(domain)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def verify(self, email: str) -> EmailStatus:
        self.before_verifying()
        self.verified.append(email)
        verdict = self.verdicts.get(email.partition("@")[0], EmailStatus.VALID)
        if isinstance(verdict, Exception):
            raise verdict
        return verdict


@dataclass(slots=True)
class FakePace:
    """`rights` to calls on top of the one that a job comes with; None: as many as are wanted."""

    rights: int | None = None
    taken: int = 0
    returned: int = 0
    while_waiting: Callable[[], object] = lambda: None

    async def take(self) -> bool:
        self.while_waiting()
        if self.rights is not None and self.taken >= self.rights:
            return False
        self.taken += 1
        return True

    async def give_back(self) -> None:
        self.returned += 1


@dataclass(slots=True)
class World:
    """An EnrichLead with its doubles."""

    answers: FakeAnswers = field(default_factory=FakeAnswers)
    source: FakeSource = field(default_factory=FakeSource)
    pace: FakePace = field(default_factory=FakePace)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    paused: bool = False

    async def run(self, job: Job) -> Any:
        enrich_lead = EnrichLead(
            self.answers,
            self.source,
            self.pace,
            self.clock,
            account=Account(provider="clay"),
            domain_of=company_domain,
            may_call=lambda: not self.paused,
            verification_time=timedelta(seconds=15),
        )
        return await enrich_lead(job)

"""Doubles for what enriching a lead needs from the outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from enrichment.application.ask_source import AskSource
from enrichment.application.enrich_lead import EnrichLead
from enrichment.application.ports import (
    Ask,
    Begun,
    Cached,
    ClosedCall,
    Erased,
    Flight,
    Hold,
    OverCap,
    StoreUnavailableError,
    Verification,
)
from enrichment.application.providers import (
    CompanyAsked,
    ContactAnswer,
    Found,
    Pending,
    Verdict,
    Verified,
)
from enrichment.application.verify_addresses import VerifyAddresses
from enrichment.domain.answer import Answer
from enrichment.domain.contact import Contact, EmailStatus
from leadstream.accounts import Account, Plan, UnreadableAccountError
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


def a_flight(*, paid_by: UUID | None = None, provider: str = "clay") -> Flight:
    return Flight(
        id=uuid4(),
        provider=provider,
        owner="all",
        domain="acme.com",
        paid_by=paid_by or uuid4(),
    )


@dataclass(slots=True)
class FakeAnswers:
    begun: Begun | None = None
    away: bool = False
    lost_after: int | None = None
    erased: frozenset[str] | None = frozenset()
    # What is cached of other sources, by provider.
    known: dict[str, Cached] = field(default_factory=dict)
    over_cap: OverCap | None = None
    kept: list[tuple[Answer, ClosedCall | None, int | None]] = field(default_factory=list)
    opened: list[Verification] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    budgeted: bool | None = None
    fresher_than: datetime | None = None

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
        self.budgeted, self.fresher_than = budgeted, fresher_than
        return self.begun or Ask(a_flight(paid_by=job.id, provider=account.provider))

    async def find(
        self, job: Job, *, account: Account, domain: str, fresher_than: datetime | None = None
    ) -> Cached | None:
        if self.away:
            raise StoreUnavailableError("away")
        return self.known.get(account.provider)

    async def keep_pending(self, job: Job, flight: Flight, pending: Pending) -> None:
        if self.lost_after is not None:
            raise StoreUnavailableError("away")
        self.pending.append(pending)

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
        at: datetime,
        opens: Verification | None,
    ) -> UUID | OverCap | Erased | None:
        is_lost = self.lost_after is not None and len(self.kept) >= self.lost_after
        if is_lost or self.erased is None:
            raise StoreUnavailableError("away")
        if gone := {c.address for c in answer.contacts if c.address and c.id in self.erased}:
            return Erased(frozenset(gone))
        self.kept.append((answer, closed, opens.position if opens else None))
        if opens is None:
            return None
        self.opened.append(opens)
        return self.over_cap or uuid4()


@dataclass(slots=True)
class FakeSource:
    """Finds people and verifies addresses, as Clay does both."""

    name: str = "clay"
    answer: Answer | Pending | Exception = field(default_factory=lambda: people("ann"))
    verdicts: dict[str, EmailStatus | Verdict | Exception] = field(default_factory=dict)
    before_verifying: Callable[[], object] = lambda: None
    before_answering: Callable[[], object] = lambda: None
    enriched: list[str] = field(default_factory=list)
    asked: list[tuple[CompanyAsked, Pending | None]] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)

    async def test(self, account: Account) -> None:
        return None

    def most_units(self, limit: int = 1) -> Decimal:
        return Decimal(limit)

    async def find(
        self, company: CompanyAsked, *, limit: int, account: Account, pending: Pending | None = None
    ) -> ContactAnswer:
        self.before_answering()
        self.enriched.append(company.domain)
        self.asked.append((company, pending))
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, Pending):
            return self.answer
        return Found(answer=self.answer, units=Decimal(1), ref="theirs")

    async def verify(self, email: str, *, account: Account) -> Verdict:
        self.before_verifying()
        self.verified.append(email)
        verdict = self.verdicts.get(email.partition("@")[0], EmailStatus.VALID)
        if isinstance(verdict, Exception):
            raise verdict
        return Verified(status=verdict) if isinstance(verdict, EmailStatus) else verdict


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
class FakeWorkspaces:
    """The plan and the keys of every workspace."""

    plan: Plan = field(default_factory=lambda: Plan(contacts=("clay",), verify=("clay",)))
    missing: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    is_changed: bool = False

    async def of(self, workspace_id: UUID) -> Plan:
        return self.plan

    async def find(
        self, provider: str, workspace_id: UUID, *, training: bool = False
    ) -> Account | None:
        if provider in self.unreadable:
            raise UnreadableAccountError(
                "no key opens it", provider=provider, workspace_id=workspace_id
            )
        return None if provider in self.missing else Account(provider=provider)

    async def is_current(self, account: Account, workspace_id: UUID) -> bool:
        return not self.is_changed


@dataclass(slots=True)
class FakePeople:
    erased: list[str] = field(default_factory=list)
    away: bool = False

    async def erase(self, email: str) -> None:
        if self.away:
            raise StoreUnavailableError("away")
        self.erased.append(email)


@dataclass(slots=True)
class World:
    """An EnrichLead with its doubles. It asks `source`; `hunter` verifies where the plan says so."""

    answers: FakeAnswers = field(default_factory=FakeAnswers)
    source: FakeSource = field(default_factory=FakeSource)
    hunter: FakeSource = field(default_factory=lambda: FakeSource(name="hunter"))
    workspaces: FakeWorkspaces = field(default_factory=FakeWorkspaces)
    people: FakePeople = field(default_factory=FakePeople)
    pace: FakePace = field(default_factory=FakePace)
    hunters_pace: FakePace = field(default_factory=FakePace)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    paused: bool = False
    # What is held besides, by its scope.
    held: dict[str, Hold] = field(default_factory=dict)

    def on(self, scopes: Sequence[str], *, other_key_at: str | None = None) -> Hold | None:
        if self.paused and f"provider:{self.source.name}" in scopes:
            return Hold("by hand", None)
        return next((self.held[scope] for scope in scopes if scope in self.held), None)

    async def run(self, job: Job) -> Any:
        verifiers = {self.source.name: self.source, self.hunter.name: self.hunter}
        verify = VerifyAddresses(
            self.answers, verifiers, self.people, self.clock, time=timedelta(seconds=15)
        )
        enrich_lead = EnrichLead(
            AskSource(self.source, self.answers, verify, self.workspaces, self.clock),
            self.answers,
            self.workspaces,
            self.workspaces,
            self.clock,
            paces={self.source.name: self.pace, self.hunter.name: self.hunters_pace},
            holds=self,
            domain_of=company_domain,
        )
        return await enrich_lead(job)

"""Leads, connections and a platform in memory."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from leadstream.ids import connection_id
from leadstream.jobs.model import Job, Priority
from platform_upload.application.budget import Budget
from platform_upload.application.ports import (
    Checked,
    Erased,
    Given,
    InvalidConnectionError,
    Parcel,
    Past,
    Person,
    Plan,
    Requested,
    Trace,
)
from platform_upload.domain.answers import (
    Accepted,
    Answer,
    Refused,
    RefusedError,
    Untried,
    Verdict,
)
from platform_upload.domain.batches import BatchLimit
from platform_upload.domain.connection import Connection, Status
from platform_upload.domain.lead import Lead, read_lead

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WORKSPACE = UUID("5f0c1d1e-0000-4000-8000-000000000001")
PLATFORM = "tech-platform"
SIGNALS = [
    {
        "signal_type": "Company researching AI tools",
        "signal_strength": "high",
        "detected_at": "2026-01-22T10:30:00Z",
        "source": "DataShopper",
    }
]
JOHN = {
    "full_name": "John Smith",
    "email": "john@acme.com",
    "title": "VP of Engineering",
    "seniority": "executive",
    "department": "Engineering",
}


def a_document(number: int = 0, **changes: Any) -> dict[str, Any]:
    """The 13 keys."""
    return {
        "id": str(uuid5(WORKSPACE, str(number))),
        "company_name": "Acme Corp",
        "domain": "acme.com" if number == 0 else f"acme{number}.com",
        "industry": "Technology",
        "employee_count": 250,
        "revenue": 10_000_000,
        "location": {"city": "San Francisco", "state": "CA", "country": "United States"},
        "intent_score": "hot",
        "intent_signals": SIGNALS,
        "contacts": [JOHN],
        "primary_contact": {name: JOHN[name] for name in ("full_name", "email", "title")},
        "created_at": "2026-01-22T02:15:00Z",
        "enriched_at": "2026-01-22T02:16:30Z",
        **changes,
    }


def a_lead(number: int = 0, **changes: Any) -> Lead:
    return read_lead(a_document(number, **changes))


def a_parcel(number: int = 0, **changes: Any) -> Parcel:
    return Parcel(lead=a_lead(number, **changes), key=uuid4(), asked_at=NOW)


def parcels(count: int) -> list[Parcel]:
    return [a_parcel(number) for number in range(count)]


def a_connection(**changes: Any) -> Connection:
    values: dict[str, Any] = {
        "id": connection_id(WORKSPACE, PLATFORM),
        "workspace_id": WORKSPACE,
        "platform": PLATFORM,
        "adapter": "fake",
        "settings": {},
        "credentials": {"key": "secret"},
    }
    return Connection(**(values | changes))


def a_job(number: int = 0, *, revision: int = 1, **changes: Any) -> Job:
    document = a_document(number, **changes)
    lane = a_connection().lane
    return Job(
        id=uuid5(WORKSPACE, f"{number}:{revision}"),
        kind="upload-lead",
        priority=Priority.HOT,
        lane=lane,
        payload={
            "platform": PLATFORM,
            "revision": revision,
            "asked_at": NOW.isoformat(),
            "lead": document,
        },
        workspace_id=WORKSPACE,
        lead_id=UUID(document["id"]),
        attempts=0,
        lost=0,
        created_at=NOW,
        lease_id=uuid4(),
    )


def a_budget(*, calls: int = 1000, seconds: float = 60) -> Budget:
    return Budget(calls=calls, total=timedelta(seconds=seconds))


def refused(verdict: Verdict, **changes: Any) -> Refused:
    return Refused(**({"verdict": verdict, "code": "CODE", "message": "no"} | changes))


@dataclass
class FakeAdapter:
    """A platform that holds what it accepts. `says` is its answer to a whole call."""

    name: str = "fake"
    limit: BatchLimit = field(default_factory=lambda: BatchLimit(items=10, size_bytes=10**6))
    keeps_state: bool = True
    bad_rows: dict[UUID, Refused] = field(default_factory=dict)
    says: list[Refused] = field(default_factory=list)
    says_after: int = 0
    calls: list[list[UUID]] = field(default_factory=list)
    keys: list[UUID] = field(default_factory=list)
    records: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    hangs: asyncio.Event | None = None

    async def check(self, given: Given, held: Connection | None) -> Checked:
        credentials = given.credentials if given.credentials is not None else {}
        if given.credentials is None and held:
            credentials = dict(held.credentials)
        if "key" not in credentials:
            raise InvalidConnectionError("is needed", field="credentials.key")
        return Checked(given.settings or {}, credentials)

    async def upload(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Answer]:
        assert len({parcel.lead.id for parcel in parcels}) == len(parcels) <= self.limit.items
        budget.spend(timedelta(seconds=1))
        leads = [parcel.lead.id for parcel in parcels]
        self.keys += [parcel.key for parcel in parcels]
        self.calls.append(leads)
        if self.hangs:
            await self.hangs.wait()
        if self.says:
            raise RefusedError(self.says.pop(0))
        return [self._answer(parcel.lead) for parcel in parcels]

    def _answer(self, lead: Lead) -> Answer:
        if lead.id in self.bad_rows:
            return self.bad_rows[lead.id]
        self.records[lead.id] = lead.document
        return Accepted(external_id=str(lead.id)[:8])

    async def preview(
        self, connection: Connection, parcels: Sequence[Parcel], budget: Budget
    ) -> Sequence[Plan | Refused | Untried]:
        assert len(parcels) <= self.limit.items
        budget.spend(timedelta(seconds=1))
        self.calls.append([parcel.lead.id for parcel in parcels])
        if self.says and len(self.calls) > self.says_after:
            raise RefusedError(self.says.pop(0))
        return [self._plan(parcel.lead) for parcel in parcels]

    def _plan(self, lead: Lead) -> Plan | Refused:
        if lead.id in self.bad_rows:
            return self.bad_rows[lead.id]
        held = self.records.get(lead.id)
        return Plan(
            external_id=str(lead.id)[:8] if held else None,
            changes={
                name: (held[name] if held else None, value)
                for name, value in lead.document.items()
                if not held or held[name] != value
            },
        )

    async def erase(
        self, connection: Connection, person: Person, traces: Sequence[Trace], budget: Budget
    ) -> Erased:
        budget.spend(timedelta(seconds=1))
        if self.says:
            raise RefusedError(self.says.pop(0))
        return Erased(records=tuple(str(trace.lead_id)[:8] for trace in traces))

    async def probe(self, connection: Connection, budget: Budget) -> str:
        if self.says:
            raise RefusedError(self.says.pop(0))
        return "fine"


@dataclass
class FakeConnections:
    connection: Connection | None = field(default_factory=a_connection)
    holds: list[tuple[str, datetime | None]] = field(default_factory=list)
    # What somebody does to the connection while the platform is asked.
    meanwhile: Connection | None = None

    async def get(self, connection_id: UUID) -> Connection | None:
        found = self.connection
        if self.meanwhile:
            self.connection = self.meanwhile
        return found

    async def adapter_of(self, connection_id: UUID) -> str | None:
        return self.connection.adapter if self.connection else None

    async def hold(
        self,
        connection_id: UUID,
        *,
        seen: int | None,
        reason: str,
        until: datetime | None,
        why: str,
    ) -> bool:
        if seen != (self.connection.version if self.connection else None):
            return False
        self.holds.append((reason, until))
        return True

    async def disable(self, connection_id: UUID, *, seen: int, why: str) -> bool:
        assert self.connection
        if seen != self.connection.version:
            return False
        self.connection = a_connection(status=Status.DISABLED, disabled_reason=why)
        self.holds.append(("connection_disabled", None))
        return True


@dataclass
class FakePasts:
    known: dict[UUID, Past] = field(default_factory=dict)

    async def of(self, connection: Connection, leads: Sequence[UUID]) -> Mapping[UUID, Past]:
        return {lead: self.known[lead] for lead in leads if lead in self.known}


@dataclass
class FakeRequests:
    known: dict[UUID, Requested] = field(default_factory=dict)

    async def newest(
        self, connection: Connection, leads: Sequence[UUID]
    ) -> Mapping[UUID, Requested]:
        return {lead: self.known[lead] for lead in leads if lead in self.known}

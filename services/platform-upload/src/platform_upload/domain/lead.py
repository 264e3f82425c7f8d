"""A lead in the platform upload format, as the adapters read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

# Clay is asked for five; a record made by hand may hold more, and no CRM wants a company's whole staff.
MAX_PEOPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    full_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    title: str | None = None
    seniority: str | None = None
    department: str | None = None
    # Who told of the person, and when.
    provider: str | None = None
    collected_at: str | None = None

    @property
    def names(self) -> tuple[str | None, str | None]:
        """Given and family name; what is not known apart is parted at the last space."""
        if self.first_name or self.last_name:
            return self.first_name, self.last_name
        given, _, family = (self.full_name or "").strip().rpartition(" ")
        return given.strip() or None, family or None

    @property
    def name(self) -> str | None:
        """The name as it is written."""
        parts = [part for part in (self.first_name, self.last_name) if part]
        return self.full_name or " ".join(parts) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    kind: str
    strength: str
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    id: UUID
    company_name: str
    domain: str | None
    industry: str | None
    employee_count: int | None
    revenue: int | None
    city: str | None
    state: str | None
    country: str | None
    score: str
    signals: tuple[Signal, ...]
    # The primary contact first, nobody twice.
    people: tuple[Contact, ...]
    # The 13 keys as they came, for platforms that take them as they are.
    document: Mapping[str, Any]

    @property
    def top_signals(self) -> tuple[Signal, ...]:
        """Strongest first; of the same strength in the order they came."""
        ranks = {"high": 0, "medium": 1}
        return tuple(sorted(self.signals, key=lambda signal: ranks.get(signal.strength, 2)))


def read_lead(document: Mapping[str, Any]) -> Lead:
    """Read what the event's contract has already checked."""
    location = document.get("location") or {}
    return Lead(
        id=UUID(document["id"]),
        company_name=document["company_name"],
        domain=document.get("domain") or None,
        industry=document.get("industry") or None,
        employee_count=document.get("employee_count"),
        revenue=document.get("revenue"),
        city=location.get("city"),
        state=location.get("state"),
        country=location.get("country"),
        score=document["intent_score"],
        signals=tuple(_signal(each) for each in document.get("intent_signals") or ()),
        people=_people(document),
        document=document,
    )


def _signal(document: Mapping[str, Any]) -> Signal:
    return Signal(
        kind=document["signal_type"],
        strength=document.get("signal_strength", "low"),
        source=document.get("source"),
    )


def _people(document: Mapping[str, Any]) -> tuple[Contact, ...]:
    primary = document.get("primary_contact")
    listed: Sequence[Mapping[str, Any]] = document.get("contacts") or ()
    found: dict[str, Contact] = {}
    # Of the same person the fuller entry counts: the primary contact has three keys where its list entry has all.
    for each in [*([primary] if primary else []), *listed]:
        contact = _contact(each)
        key = (contact.email or contact.name or "").casefold()
        if key:
            found[key] = _fuller(found[key], contact) if key in found else contact
    return tuple(found.values())[:MAX_PEOPLE]


def _contact(document: Mapping[str, Any]) -> Contact:
    return Contact(**{name: document.get(name) or None for name in Contact.__slots__})


def _fuller(first: Contact, second: Contact) -> Contact:
    merged = {n: getattr(first, n) or getattr(second, n) for n in Contact.__slots__}
    return Contact(**merged)

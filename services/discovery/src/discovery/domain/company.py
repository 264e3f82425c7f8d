"""A company as a search has found it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from discovery.domain.names import normalise_name

# One character may normalise to eighteen, and an index takes no key of any length.
MAX_KEY = 200

# A company's own domain in what names it, in the one form that two spellings share; None where there is none. What is
# nobody's own is one rule for all services, so the caller brings it.
DomainOf = Callable[[str | None], str | None]

# As JSON has it: what the events and the read model hold.
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    city: str | None = None
    state: str | None = None
    country: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    name: str
    domain: str | None = None
    website: str | None = None
    description: str | None = None
    industry: str | None = None
    employee_count: int | None = None
    revenue: int | None = None
    location: Location = Location()
    founded_year: int | None = None
    technologies: tuple[str, ...] = ()
    social_profiles: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return company_key(self.name, self.domain)

    @property
    def name_key(self) -> str:
        """What it is known by where nobody knows its domain."""
        return company_key(self.name, None)

    def document(self) -> Document:
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {
            "location": asdict(self.location),
            "technologies": list(self.technologies),
            "social_profiles": dict(self.social_profiles),
        }


def company_key(name: str, domain: str | None) -> str:
    """What makes two finds the same company within a workspace."""
    if domain is not None:
        return f"domain:{domain}"
    normalised = normalise_name(name)
    if len(normalised) <= MAX_KEY:
        return f"name:{normalised}"
    return f"name-sha256:{hashlib.sha256(normalised.encode()).hexdigest()}"


Facts = TypeVar("Facts", Company, Location)


def fill_gaps(first: Facts, second: Facts) -> Facts:
    """The first, with the second's facts where it has none."""
    gaps = {
        each.name: getattr(second, each.name)
        for each in fields(first)
        if getattr(first, each.name) in (None, (), {})
    }
    if isinstance(first, Company) and isinstance(second, Company):
        gaps["location"] = fill_gaps(first.location, second.location)
    return replace(first, **gaps)


def refresh(stored: Document, found: Document) -> Document:
    """What is stored with what is found now: new facts replace old ones, nothing known is erased."""
    merged = dict(stored)
    for name, value in found.items():
        known = stored.get(name)
        if isinstance(value, Mapping):
            merged[name] = refresh(known if isinstance(known, Mapping) else {}, value)
        elif value not in (None, []) or name not in stored:
            merged[name] = value
    return merged

"""What a query asks the intent-data provider for."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

# The specification's bound on what a query costs a day.
COMPANIES_PER_DAY = 50


class QueryStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    country: str | None = None
    state: str | None = None
    city: str | None = None
    employees: Range = Range()
    revenue: Range = Range()
    industries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    id: UUID
    name: str
    category: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    id: UUID
    workspace_id: UUID
    name: str
    topic: Topic
    filters: Filters
    status: QueryStatus


@dataclass(frozen=True, slots=True)
class Question:
    """A query, asked of one source: `datashopper`."""

    query: Query
    source: str


def search_parameters(topic: str, filters: Filters) -> list[tuple[str, str]]:
    """The search as the provider takes it. A filter of 0 is a filter; one that is not set is not sent."""
    wanted: list[tuple[str, str | float | None]] = [
        ("topic", topic),
        ("limit", COMPANIES_PER_DAY),
        ("country", filters.country),
        ("state", filters.state),
        ("city", filters.city),
        ("min_employees", filters.employees.min),
        ("max_employees", filters.employees.max),
        ("min_revenue", filters.revenue.min),
        ("max_revenue", filters.revenue.max),
        *(("industry", industry) for industry in filters.industries),
    ]
    return [(name, _text(value)) for name, value in wanted if value is not None and value != ""]


def _text(value: str | float) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

"""Bodies of requests: the keys of `leadstream apply`, and nothing else, so that a misspelt key is noticed."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from discovery.domain.search import QueryStatus

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Money = Annotated[int | float, Field(ge=0, le=2**53 - 1, allow_inf_nan=False)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkspaceBody(Body):
    slug: Slug = Field(description="The workspace's id is derived from it.")
    name: Name | None = Field(None, description="Left out: as it is, and the slug at first.")


class TopicBody(Body):
    name: Name = Field(
        description="What the provider is asked for; the topic's id is derived from it."
    )
    category: Name | None = None


class LocationBody(Body):
    country: Place | None = None
    state: Place | None = None
    city: Place | None = None


class _RangeBody(Body):
    @model_validator(mode="after")
    def _check_order(self) -> Self:
        low, high = getattr(self, "min", None), getattr(self, "max", None)
        if low is not None and high is not None and low > high:
            raise ValueError("min must not be above max")
        return self


class SizeBody(_RangeBody):
    min: Count | None = None
    max: Count | None = None


class RevenueBody(_RangeBody):
    min: Money | None = None
    max: Money | None = None


class FiltersBody(Body):
    """Which companies are wanted. 0 is a filter; what is left out is none."""

    location: LocationBody = LocationBody()
    company_size: SizeBody = Field(SizeBody(), description="Number of employees.")
    revenue: RevenueBody = Field(RevenueBody(), description="A year, in US dollars.")
    industry: list[Name] = Field([], max_length=50)


class QueryChangeBody(Body):
    """What is left out stays as it is. The name is what the query is: another name is another query."""

    topic: TopicBody | None = None
    status: QueryStatus | None = Field(None, description="A new query is active.")
    filters: FiltersBody | None = Field(None, description="All of them: one that is missing goes.")

    @model_validator(mode="after")
    def _leave_out_what_stays(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("what is to stay as it is is left out, not null")
        return self


class QueryBody(QueryChangeBody):
    workspace_id: UUID
    name: Name = Field(description="With the workspace's, the query's id is derived from it.")
    topic: TopicBody


class TriggerBody(Body):
    query_id: UUID | None = Field(None, description="Run this query only.")
    workspace_id: UUID | None = Field(None, description="Run this workspace's queries only.")

"""What a test may say about a Clay workspace: who it knows, what its routines do, where its webhooks go."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.provider import Options

BANDS = (
    *("founder", "owner", "board-member", "partner", "c-suite", "vp", "director", "head"),
    *("manager", "senior", "mid-level", "entry", "intern", "unknown"),
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filter(Strict):
    """A field that a search may be filtered by, as `fields` tells of it."""

    name: str
    type: Literal["string[]"] = "string[]"
    description: str = ""
    allowed_values: list[str] | None = None


class Routine(Strict):
    """A function of the customer's own: what it takes, what it gives, what an item costs."""

    inputs: list[str] = ["name", "domain"]
    name: str = "name"
    domain: str = "domain"
    """Which of its inputs are the person's name and the company's domain."""
    result: str = "work_email"
    credits: float = 1


class Webhook(Strict):
    url: str
    secret: str


class PinnedPerson(Strict):
    name: str
    title: str | None = None
    email: str | None = None
    end_date: str | None = None


FILTERS = (
    Filter(name="company_identifier", description="Domains or profile URLs of companies."),
    Filter(name="names"),
    Filter(name="job_title_keywords", description="Words of current titles; any of them."),
    Filter(name="job_title_seniority_levels_v2", allowed_values=list(BANDS)),
)


class ClayPublicOptions(Options):
    knows: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Of how many companies it knows anybody."""
    companies: dict[str, list[PinnedPerson]] = Field(default_factory=dict)
    """Exactly these people, by domain."""
    filters: list[Filter] = Field(default_factory=lambda: list(FILTERS))
    routines: dict[str, Routine] = Field(default={"function:t_abc123": Routine()})
    run_seconds: Annotated[float, Field(ge=0)] = 0.0
    """How long a run is in progress."""
    failing: list[str] = Field(default_factory=list)
    """Names of people whose item fails."""
    results: Annotated[int, Field(ge=1, le=100)] = 100
    """Items on a page of results, at most."""
    largest_page: Annotated[int, Field(ge=0)] = 500
    """People on a page of a search; more is too large an answer."""
    per_search: Annotated[int, Field(ge=0)] = 1_000
    per_period: Annotated[int, Field(ge=0)] = 1_000_000
    webhooks: dict[str, Webhook] = Field(default_factory=dict)
    """Where it is told that a run is done, by the id that runs are started with."""


def filter_named(options: ClayPublicOptions, name: str) -> Filter | None:
    return next((each for each in options.filters if each.name == name), None)


def as_field(filtered: Filter) -> JsonObject:
    return filtered.model_dump(exclude_none=True)

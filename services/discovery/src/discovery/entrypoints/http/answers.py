"""What the routes answer. Rows come as the tables have them; a column that is not named here stays inside."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from discovery.domain.search import QueryStatus
from discovery.domain.trends import Direction

EnrichmentStatus = Literal["pending", "completed", "skipped", "failed"]
# The function lead_stage says it of a lead.
Stage = Literal[
    "discovered", "enriched", "skipped", "no_channel", "failed", "delivered", "uploaded"
]
DeliveryStatus = Literal["pending", "delivered", "partial", "failed", "no_channel"]


class Triggered(BaseModel):
    tick_id: UUID
    jobs: list[UUID] = Field(description="One for each query that runs, and each source it asks.")


class Workspace(BaseModel):
    id: UUID
    slug: str
    name: str
    created_at: datetime
    updated_at: datetime


class Topic(BaseModel):
    id: UUID
    name: str
    category: str | None
    trend_direction: Direction | None = Field(description="Of the newest week; null before it.")
    trend_change_percent: float | None
    trend_volume: int | None
    trend_week_start: date | None
    created_at: datetime
    updated_at: datetime


class Trend(BaseModel):
    id: UUID
    topic_id: UUID
    topic_name: str
    week_start: date = Field(description="A Sunday.")
    week_end: date = Field(description="The Saturday after it.")
    volume: int = Field(description="Leads discovered for the topic in the week.")
    previous_volume: int
    change_percent: float | None = Field(description="Null where the week before had none.")
    direction: Direction


class QueryTopic(BaseModel):
    id: UUID
    name: str
    category: str | None


class Query(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str
    status: QueryStatus
    filters: dict[str, Any] = Field(description="Without the filters that are not set.")
    topic_id: UUID
    topic: QueryTopic
    last_run_at: datetime | None
    created_at: datetime
    updated_at: datetime


class QueryRun(BaseModel):
    id: UUID
    query_id: UUID
    workspace_id: UUID
    tick_id: UUID
    source: str = Field(description="Who was asked: `datashopper`, `g2`.")
    run_on: date = Field(description="The day whose limit of new leads it counts against.")
    status: Literal["succeeded", "skipped", "retrying", "held", "failed", "cancelled"]
    found: int = Field(description="created + known + rejected")
    created: int
    known: int
    rejected: int
    units: float = Field(description="What the source took, in its own unit: a search each.")
    error: str | None = Field(
        description="What went wrong; of a run that has succeeded, why it did not ask for more."
    )
    started_at: datetime
    finished_at: datetime | None


class ListedQueryRun(QueryRun):
    rejections: dict[str, int] = Field(description="How many were rejected for which reason.")


class TickRun(ListedQueryRun):
    query: str | None = Field(description="Its name; null if it was deleted.")
    workspace: str | None = Field(description="Its slug; null if it was deleted.")


class TickFigures(BaseModel):
    tick_id: UUID
    run_on: date = Field(description="The day whose limit of new leads its runs count against.")
    started_at: datetime = Field(description="When its first run began.")
    finished_at: datetime | None = Field(description="Null while a run has not ended.")
    runs_total: int
    runs_by_status: dict[str, int]
    found: int = Field(description="created + known + rejected")
    created: int
    known: int
    rejected: int


class ListedTick(TickFigures):
    runs: list[TickRun] = Field(
        description="At most 20, those that have not succeeded first; `GET runs/{tick_id}` has 500."
    )


class Figure(BaseModel):
    """A number of the funnel. Where it has parts they add up to it."""

    count: int
    leads: str | None = Field(
        description="What lists them: `leads?…`. Null where these are no stored leads, but runs, companies"
        " in a provider's answers, or leads that were deleted since."
    )
    parts: dict[str, "Figure"]


class Funnel(BaseModel):
    queries: Figure = Field(description="Runs, by how they ended.")
    found: Figure = Field(
        description="Companies in the answers: created (stored, by score, or removed since), known (risen, or only"
        " seen again), rejected (by reason)."
    )
    enrichment: Figure = Field(
        description="The leads created, by their enrichment, then by reason."
    )
    delivery: Figure = Field(description="The same, by whether anybody was told, then by reason.")
    messages: Figure = Field(
        description="What was sent of these leads, by channel and by how it ended: one for each destination and"
        " revision, as delivery has told. `leads?tick_id=…&channel=…` lists whom a channel was told of."
    )
    upload: Figure = Field(
        description="The leads created, uploaded by platform, or not, by score and reason."
    )
    accepted: Figure = Field(
        description="By platform, how many of these leads it has taken, in any revision. Each is to be billed once:"
        " platform-upload's `GET billing-events/count` says how many were."
    )
    stages: Figure = Field(description="The same, by how far each has come, then by reason.")


class Span(BaseModel):
    """Ids rise with the time, so a night's leads are between two of them."""

    first: UUID
    last: UUID
    others: int = Field(
        description="Leads between them that are not the night's: those of another that ran at the same time."
    )


class Tick(TickFigures):
    funnel: Funnel
    span: Span | None = Field(description="Null where the night has no leads.")
    runs: list[TickRun] = Field(description="At most 500, those that have not succeeded first.")


class Lead(BaseModel):
    id: UUID
    workspace_id: UUID
    query_id: UUID | None
    domain: str | None
    company_data: dict[str, Any] | None
    contact_data: dict[str, Any] | None
    intent_data: dict[str, Any] | None
    revision: int
    enrichment_status: EnrichmentStatus
    delivery_status: DeliveryStatus
    platform_uploaded: bool
    platform_uploaded_at: datetime | None
    platform_name: str | None
    last_error: str | None
    stage: Stage = Field(description="How far it has come.")
    reason: str = Field(
        description="Why it went no further: `<stage>:<kind of error>`, `missing_domain` …; or `none`."
    )
    created_at: datetime
    updated_at: datetime
    enriched_at: datetime | None
    delivered_at: datetime | None


class Chapter(BaseModel):
    """A part of a lead's story. What else is in it is what the stage's event said."""

    model_config = ConfigDict(extra="allow")

    revision: int


class Revision(Chapter):
    discovered_at: datetime
    score: str | None
    run_id: UUID | None = Field(None, description="Left out where it was announced elsewhere.")
    query_id: UUID | None = None


class Enriched(Chapter):
    enriched_at: datetime
    status: str | None = None


class Delivered(Chapter):
    delivered_at: datetime
    status: str | None = None


class Uploaded(Chapter):
    uploaded_at: datetime
    platform: str


class Failed(Chapter):
    failed_at: datetime
    stage: str


class SeenIntent(BaseModel):
    query_id: UUID | None
    query_name: str | None = Field(description="Null where the query has been removed.")
    source: str = Field(description="Where it saw this: `datashopper`, `g2`.")
    topic_id: UUID | None = Field(description="What the query was about when it saw it first.")
    topic_name: str | None
    signals: list[dict[str, Any]]


class LeadStory(Lead):
    intents: list[SeenIntent] = Field(
        description="What each query saw last in each source; together they are its intent."
    )
    runs: list[QueryRun] = Field(description="The runs of queries that found it.")
    revisions: list[Revision]
    enrichments: list[Enriched]
    deliveries: list[Delivered]
    uploads: list[Uploaded]
    errors: list[Failed]

"""What leads are listed by, in the list and in the file alike."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime

from discovery.domain.scoring import Score
from discovery.entrypoints.http.answers import DeliveryStatus, EnrichmentStatus, Stage
from leadstream.api import InvalidError, Viewer

Text = Annotated[str | None, Query(max_length=255)]
Search = Annotated[
    str | None,
    Query(
        max_length=255,
        description="What the company's name begins with, without regard to case and accents, or its domain;"
        " or the whole id.",
    ),
]
Reason = Annotated[
    str | None,
    Query(
        max_length=110,
        description="Why it went no further, as `reason` says; `none`: nothing has stopped it. What a run rejected"
        " never was a lead: `runs/{tick_id}` counts it.",
    ),
]
TickId = Annotated[UUID | None, Query(description="Found by a run of this tick.")]
Channel = Annotated[
    Literal["email", "slack", "webhook"] | None,
    Query(description="Somebody was told by this channel. With `tick_id` only."),
]


class LeadFilters:
    """The arguments $1 to $19 of `list_leads`."""

    def __init__(  # noqa: PLR0913 - one argument a filter
        self,
        caller: Viewer,
        workspace_id: UUID | None = None,
        query_id: UUID | None = None,
        score: Score | None = None,
        enrichment_status: EnrichmentStatus | None = None,
        delivery_status: DeliveryStatus | None = None,
        platform_uploaded: bool | None = None,
        platform_name: Text = None,
        domain: Text = None,
        since: AwareDatetime | None = None,
        tick_id: TickId = None,
        q: Search = None,
        stage: Stage | None = None,
        reason: Reason = None,
        channel: Channel = None,
    ) -> None:
        if channel and not tick_id:
            # Of all leads there are, the few that a channel was told of have no index.
            raise InvalidError("goes with tick_id only", field="channel")
        self._first = (
            caller.narrow(workspace_id),
            query_id,
            score,
            enrichment_status,
            delivery_status,
            platform_uploaded,
            platform_name,
            domain,
            since,
        )
        self._last = (tick_id, *_search(q), stage, reason, channel)

    def args(self, limit: int, after: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*self._first, limit, *after, *self._last)


LeadFiltersQuery = Annotated[LeadFilters, Depends()]


def _search(q: str | None) -> tuple[str | None, str | None, UUID | None]:
    """A name, the pattern of a domain and an id, each as it may have been meant."""
    text = (q or "").strip()
    if not text:
        return None, None, None
    return text, _domain_pattern(text), _id(text)


def _domain_pattern(text: str) -> str:
    plain = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{plain}%"


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

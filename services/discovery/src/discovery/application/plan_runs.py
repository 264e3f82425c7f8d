"""From a tick to jobs. Their ids follow from the tick: the same tick twice is the same jobs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from leadstream.ids import derived_id
from leadstream.jobs.model import NewJob, Priority

RUN_QUERY = "run-query"
WEEKLY_TRENDS = "weekly-trends"
# The sources that are asked for queries. What is pushed to us has no runs.
DATASHOPPER = "datashopper"
G2 = "g2"
SOURCES = (DATASHOPPER, G2)
# The trends are nobody's in particular: they have a lane of their own.
_TRENDS_LANE = "kind:weekly-trends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    id: UUID
    scheduled_for: datetime
    manual: bool
    traceparent: str | None = None

    @property
    def run_on(self) -> date:
        """The day that the run counts for: a tick that was late or is caught up on counts for its own day."""
        return self.scheduled_for.astimezone(UTC).date()


def run_kind(source: str) -> str:
    """Each source has jobs of its own, so that its pace, its pauses and its outages are nobody else's."""
    return RUN_QUERY if source == DATASHOPPER else f"{RUN_QUERY}-{source.replace('_', '-')}"


def run_query_job(tick: Tick, *, query_id: UUID, workspace_id: UUID, source: str) -> NewJob:
    kind = run_kind(source)
    return NewJob(
        id=derived_id(kind, tick.id, query_id),
        kind=kind,
        priority=Priority.HOT if tick.manual else Priority.WARM,
        lane=f"workspace:{workspace_id}",
        workspace_id=workspace_id,
        payload={"query_id": str(query_id), "tick_id": str(tick.id), "run_on": tick.run_on},
        traceparent=tick.traceparent,
    )


def trends_job(tick: Tick) -> NewJob:
    return NewJob(
        id=derived_id(WEEKLY_TRENDS, tick.id),
        kind=WEEKLY_TRENDS,
        priority=Priority.HOT if tick.manual else Priority.COLD,
        lane=_TRENDS_LANE,
        payload={"tick_id": str(tick.id), "scheduled_for": tick.scheduled_for},
        traceparent=tick.traceparent,
    )

"""One attempt at a job that brings in what has arrived by itself: pushed by a source, or imported from a file."""

from datetime import date
from typing import Protocol
from uuid import UUID

from discovery.application.ports import Queries
from discovery.application.run_query import Ran
from discovery.domain.harvest import Harvest
from leadstream.jobs.model import Job, NewJob, Outcome, Priority, Succeeded

BRING_IN = "bring-in-signals"
IMPORT = "import-leads"
# As sources of runs.
PUSHED = "push"
IMPORTED = "import"


class Arrivals(Protocol):
    async def read(self, arrival_id: UUID) -> Harvest | None:
        """What arrived, read as a provider's answer; None if it was brought in already, or is too old."""


class BringIn:
    def __init__(self, queries: Queries, arrivals: Arrivals) -> None:
        self._queries = queries
        self._arrivals = arrivals

    async def __call__(self, job: Job) -> Outcome:
        query = await self._queries.find(UUID(job.payload["query_id"]))
        harvest = await self._arrivals.read(job.id)
        # A query that is paused by now was not when this was accepted: what is accepted is not lost.
        if query is None or harvest is None:
            return Succeeded()
        return Succeeded(result=Ran(query, harvest))


def bring_in_job(
    kind: str, arrival_id: UUID, *, workspace_id: UUID, query_id: UUID, tick_id: UUID, day: date
) -> NewJob:
    """Signals go as the night's searches do; a file has time, and what else there is goes first."""
    return NewJob(
        id=arrival_id,
        kind=kind,
        priority=Priority.COLD if kind == IMPORT else Priority.WARM,
        lane=f"workspace:{workspace_id}",
        workspace_id=workspace_id,
        payload={"query_id": str(query_id), "tick_id": str(tick_id), "run_on": day},
    )

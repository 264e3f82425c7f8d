"""One attempt at a `run-query` job: search, and read what came."""

from dataclasses import dataclass
from uuid import UUID

from discovery.application.ports import Answer, IntentSource, Queries
from discovery.domain.harvest import Harvest
from discovery.domain.search import Query, QueryStatus
from leadstream.jobs.model import Job, Outcome, Succeeded


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run hands to the recorder."""

    query: Query
    harvest: Harvest


class RunQuery:
    def __init__(self, queries: Queries, source: IntentSource) -> None:
        self._queries = queries
        self._source = source

    async def __call__(self, job: Job) -> Outcome:
        # Read now, not when the job was made: it may have waited for hours, and been paused or changed meanwhile.
        query = await self._queries.find(UUID(job.payload["query_id"]))
        if query is None or query.status is not QueryStatus.ACTIVE:
            return Succeeded()
        outcome = await self._source.search(query.topic.name, query.filters)
        if isinstance(outcome, Answer):
            return Succeeded(result=Ran(query, outcome.harvest))
        return outcome

"""One attempt at a job that asks a source for a query: search, and read what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from discovery.application.ports import (
    Accounts,
    Answer,
    IntentSource,
    IntentSources,
    IsEnough,
    Queries,
    Shelves,
)
from discovery.domain.finding import Finding
from discovery.domain.harvest import Harvest, brings_new
from discovery.domain.search import Query, QueryStatus
from leadstream.jobs.model import Failed, Job, Outcome, Problem, Succeeded


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run hands to the recorder."""

    query: Query
    harvest: Harvest
    units: Decimal = Decimal(0)
    note: str | None = None


class RunQuery:
    def __init__(
        self,
        queries: Queries,
        source: IntentSource,
        *,
        sources: IntentSources,
        accounts: Accounts,
        shelves: Shelves,
    ) -> None:
        self._queries = queries
        self._source = source
        self._sources = sources
        self._accounts = accounts
        self._shelves = shelves

    async def __call__(self, job: Job) -> Outcome:
        # Read now, not when the job was made: it may have waited for hours, and been paused or changed meanwhile.
        query = await self._queries.find(UUID(job.payload["query_id"]))
        if query is None or query.status is not QueryStatus.ACTIVE:
            return Succeeded()
        plan = await self._sources.of(query.workspace_id)
        if self._source.name not in plan.sources:
            return Succeeded()
        account = await self._accounts.find(
            self._source.name, query.workspace_id, training=plan.training
        )
        if account is None:
            return _without_account(self._source.name)
        outcome = await self._source.search(
            query.topic.name,
            query.filters,
            account=account,
            is_enough=self._is_enough(query, date.fromisoformat(job.payload["run_on"])),
        )
        if isinstance(outcome, Answer):
            return Succeeded(result=Ran(query, outcome.harvest, outcome.units, outcome.note))
        return outcome

    def _is_enough(self, query: Query, run_on: date) -> IsEnough:
        """Pages go on while they bring only what is known, and the day has room for more."""

        async def is_enough(findings: Sequence[Finding]) -> bool:
            keys = {key for each in findings for key in (each.key, each.company.name_key)}
            known = await self._shelves.known(query.workspace_id, sorted(keys))
            if brings_new(findings, known):
                return True
            return await self._shelves.room(query.id, run_on) <= 0

        return is_enough


def _without_account(source: str) -> Failed:
    message = f"{source}: neither the workspace nor the deployment has an account there"
    return Failed(problem=Problem(error_class="no_account", message=message))

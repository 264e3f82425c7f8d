"""One attempt at a job that asks a source for a query: search, and read what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from discovery.application.ports import Answer, IntentSource, IsEnough, Queries, Shelves
from discovery.domain.finding import Finding
from discovery.domain.harvest import Harvest, brings_new
from discovery.domain.search import Query, QueryStatus
from leadstream.accounts import Account, Accounts, Sources, UnreadableAccountError
from leadstream.clock import Clock
from leadstream.jobs.model import Held, Job, Outcome, Problem, Released, Succeeded

CREDENTIAL_MISSING: Final = "credential_missing"
CREDENTIAL_UNREADABLE: Final = "credential_unreadable"
# A key that is there, or can be read again, is noticed within this time, without anybody lifting a pause.
MENDING_REST: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run hands to the recorder."""

    query: Query
    harvest: Harvest
    units: Decimal = Decimal(0)
    note: str | None = None


class RunQuery:
    """Of one source."""

    def __init__(
        self,
        source: IntentSource,
        clock: Clock,
        *,
        queries: Queries,
        sources: Sources,
        accounts: Accounts,
        shelves: Shelves,
    ) -> None:
        self._source = source
        self._clock = clock
        self._queries = queries
        self._sources = sources
        self._accounts = accounts
        self._shelves = shelves

    async def __call__(self, job: Job) -> Outcome:
        # Read now, not when the job was made: it may have waited for hours, and been paused or changed meanwhile.
        query = await self._queries.find(UUID(job.payload["query_id"]))
        if query is None or query.status is not QueryStatus.ACTIVE:
            return Succeeded()
        plan = await self._sources.of(query.workspace_id)
        if self._source.name not in plan.intent:
            return Succeeded()
        account = await self._account(query.workspace_id, training=plan.training)
        if not isinstance(account, Account):
            return account
        outcome = await self._source.search(
            query.topic.name,
            query.filters,
            account=account,
            is_enough=self._is_enough(query, date.fromisoformat(job.payload["run_on"])),
        )
        if isinstance(outcome, Answer):
            return Succeeded(result=Ran(query, outcome.harvest, outcome.units, outcome.note))
        if isinstance(outcome, Held) and not await self._is_about(account, query.workspace_id):
            return Released()
        return outcome

    async def _account(self, workspace_id: UUID, *, training: bool) -> Account | Held:
        name = self._source.name
        try:
            account = await self._accounts.find(name, workspace_id, training=training)
        except UnreadableAccountError as exc:
            return self._held(exc.scope, CREDENTIAL_UNREADABLE, str(exc))
        if account is None:
            scope = Account(provider=name, workspace_id=workspace_id).scope
            message = f"neither the workspace nor the deployment has a key for {name}"
            return self._held(scope, CREDENTIAL_MISSING, message)
        return account

    def _held(self, scope: str, reason: str, message: str) -> Held:
        problem = Problem(error_class=reason, message=message)
        until = self._clock.now() + MENDING_REST
        return Held(scope=scope, reason=reason, problem=problem, until=until)

    async def _is_about(self, account: Account, workspace_id: UUID) -> bool:
        """Whether it is still the key that is asked with: what was said of an older one must not hold the new one."""
        return account.workspace_id is None or await self._accounts.is_current(
            account, workspace_id
        )

    def _is_enough(self, query: Query, run_on: date) -> IsEnough:
        """Pages go on while they bring only what is known, and the day has room for more."""

        async def is_enough(findings: Sequence[Finding]) -> bool:
            keys = {key for each in findings for key in (each.key, each.company.name_key)}
            known = await self._shelves.known(query.workspace_id, sorted(keys))
            if brings_new(findings, known):
                return True
            return await self._shelves.room(query.id, run_on) <= 0

        return is_enough
